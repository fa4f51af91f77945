# Needs: panel.tsv and claims.tsv of two cohorts or more, published tables among them. Makes: results/summary/, the cohorts side by side.

SUMMARY = (
    expand("results/summary/{name}", name=["summary.html", "ro-crate-metadata.json"])
    if len(SETTINGS.cohorts) + len(SETTINGS.published) > 1
    else []
)
PUBLISHED_RESULT = {"published": "results/summary/published.tsv"} if SETTINGS.published else {}
SUMMARY_JOBS = ("summarise_cohorts", "pool_genes", "plot_forests", "render_summary")
SUMMARY_PAGE = [f"summary/{name}.html.j2" for name in ("summary", "cohorts", "claims", "genes", "tables", "methods")]
# Most are those of the report; in the order in which they build on one another.
SUMMARY_SCRIPTS = [
    "dom",
    "sections",
    "words",
    "search",
    "search_box",
    "scheme",
    "figure",
    "plot",
    "charts",
    "forest_chart",
    "heat_keys",
    "cohorts",
    "cohort_filter",
    "cohort_claims",
    "cohort_forest",
    "cohort_app",
]
SUMMARY_LICENCES = ["echarts.LICENSE", "echarts.NOTICE"]


rule summarise_cohorts:
    input:
        **of_script("summarise_cohorts"),
        panels=expand("results/{cohort}/panel.tsv", cohort=SETTINGS.cohorts),
        claims=expand("results/{cohort}/claims.tsv", cohort=SETTINGS.cohorts) if CLAIMS else [],
        published=PUBLISHED_TABLES,
        claims_files=CLAIMS,
        panel=PANEL,
        schema=source("../schemas/claims.schema.yaml"),
        genes=GENES,
        refused=REFUSED,
        mouse_genes=MOUSE_GENES,
    output:
        **PUBLISHED_RESULT,
        claims="results/summary/claims.tsv",
        effects="results/summary/effects.tsv",
        meta="results/summary/meta_analysis.tsv",
        record="results/summary/records/summarise_cohorts.json",
    log:
        "logs/summarise_cohorts.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1100, 12, of="panels"),
        runtime=grows(10),
    params:
        cohorts=literally(summary_members()),
        models=literally({name: model_entry(name, left_out=("title",)) for name in CONFIG["models"]}),
        published=literally(CONFIG["published"]),
        statistics=CONFIG["statistics"],
    message:
        "setting the cohorts side by side"
    script:
        "../scripts/summarise_cohorts.py"


rule pool_genes:
    input:
        **of_script("pool_genes"),
        effects="results/summary/effects.tsv",
        tables=["results/{}/{}/{}/genes.tsv.gz".format(*asked) for asked in summary_contrasts()],
        published=PUBLISHED_TABLES,
        panel=PANEL,
        genes=GENES,
        refused=REFUSED,
        mouse_genes=MOUSE_GENES,
    output:
        effects="results/summary/gene_effects.h5ad",
        pooled="results/summary/pooled_genes.tsv.gz",
        record="results/summary/records/pool_genes.json",
    log:
        "logs/pool_genes.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=grows(1100, 6, of="tables"),
        runtime=grows(10),
    params:
        tables=literally(summary_contrasts()),
        kinds=literally({name: member["kind"] for name, member in (summary_members() | summary_published()).items()}),
        published=literally(CONFIG["published"]),
        statistics=CONFIG["statistics"],
    message:
        "setting every gene of the cohorts side by side"
    script:
        "../scripts/pool_genes.py"


rule plot_forests:
    input:
        **of_script("plot_forests"),
        effects="results/summary/effects.tsv",
        meta="results/summary/meta_analysis.tsv",
    output:
        forests=directory("results/summary/forests"),
        record="results/summary/records/plot_forests.json",
    log:
        "logs/plot_forests.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100),
        runtime=grows(5),
    message:
        "drawing the primary genes of all cohorts"
    script:
        "../scripts/plot_forests.py"


rule render_summary:
    input:
        **of_script("render_summary"),
        **PUBLISHED_RESULT,
        claims="results/summary/claims.tsv",
        effects="results/summary/effects.tsv",
        meta="results/summary/meta_analysis.tsv",
        forests="results/summary/forests",
        claims_files=CLAIMS,
        gene_effects="results/summary/gene_effects.h5ad",
        pooled="results/summary/pooled_genes.tsv.gz",
        genes=GENES,
    output:
        page="results/summary/summary.html",
        record="results/summary/records/render_summary.json",
    log:
        "logs/render_summary.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100),
        runtime=grows(5),
    params:
        cohorts=literally(summary_members() | summary_published()),
        statistics=CONFIG["statistics"],
        page=page_files(
            templates=SUMMARY_PAGE,
            styles=["page/report.css", "summary.css"],
            libraries=["echarts"],
            scripts=SUMMARY_SCRIPTS,
            licences=SUMMARY_LICENCES,
        ),
    message:
        "writing the summary over cohorts"
    script:
        "../scripts/render_summary.py"


rule write_summary_ledger:
    input:
        **of_script("write_summary_ledger"),
        workflow=source("../Snakefile"),
        data=expand(
            "results/{cohort}/{name}",
            cohort=SETTINGS.cohorts,
            name=["panel.tsv", *(["claims.tsv"] if CLAIMS else [])],
        ),
        published=PUBLISHED_TABLES,
        panel=[PANEL],
        claims_files=CLAIMS,
        genes=[GENES, REFUSED, MOUSE_GENES],
        results=[
            *expand(
                "results/summary/{name}",
                name=[
                    "claims.tsv",
                    "effects.tsv",
                    "meta_analysis.tsv",
                    "pooled_genes.tsv.gz",
                    "gene_effects.h5ad",
                    "summary.html",
                ],
            ),
            *PUBLISHED_RESULT.values(),
        ],
        forests=["results/summary/forests"],
        records=expand("results/summary/records/{job}.json", job=SUMMARY_JOBS),
    output:
        ledger="results/summary/ro-crate-metadata.json",
        workflow="results/summary/records/Snakefile",
        record="results/summary/records/write_summary_ledger.json",
    log:
        "logs/write_summary_ledger.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grows(1100),
        runtime=grows(5),
    params:
        cohorts=literally(summary_members() | summary_published()),
        data_origin=summary_origin(),
        config=literally({key: value for key, value in CONFIG.items() if key not in NO_RESULT}),
        hosted=lambda wildcards: hosted_version(),
    message:
        "writing down what made the summary"
    script:
        "../scripts/write_summary_ledger.py"
