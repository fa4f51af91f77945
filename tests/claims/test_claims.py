"""Claims files: all faults are reported together in words that name them; no gene is guessed; roles bind contrasts."""

from functools import cache

import pandas as pd
import pytest
import yaml

from autocrine.claims.claims import Claims, read_claims
from autocrine.claims.roles import Role, bind_roles, check_roles
from autocrine.input.genes import GeneTable, read_gene_table
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.samples.scores import score_names
from tests.conftest import REPOSITORY
from tests.models import model_of

SCHEMA = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "claims.schema.yaml").read_text(encoding="utf-8"))
PANEL = read_panel(str(REPOSITORY / "resources" / "panels" / "bmp.tsv"), Findings())
SCORES = score_names(PANEL)
ROLES = {"lsc": {"population": "stem cells", "comparison": "resistant against sensitive"}}
CLAIM = {"id": "A", "statement": "s", "source": "figure 1", "gene": "BMP4", "role": "lsc", "expected": "up"}
CONTRAST = {"factor": "response", "tested": "r", "reference": "s"}


@cache
def genes() -> GeneTable:
    folder = REPOSITORY / "resources" / "genes"
    return read_gene_table(str(folder / "human_grch38.tsv.gz"), str(folder / "refused_aliases.tsv"))


def read(tmp_path, content, panel=PANEL):
    """Read a file of claims; return it with its problems: place without the folder, what was found, what is right."""
    path, findings = tmp_path / "claims.yaml", Findings()
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    found = read_claims(str(path), SCHEMA, panel, genes, SCORES, findings)
    return found, [(p.where.replace(f"{path}", "F"), p.found, p.expected) for p in findings.problems]


def of(*changes):
    """A file with a claim per dictionary of changes to a sound one; None takes a key away."""
    claims = [
        {k: v for k, v in {**CLAIM, "id": f"C{n}", **change}.items() if v is not None}
        for n, change in enumerate(changes)
    ]
    return {"title": "t", "citation": "c", "roles": ROLES, "claims": claims}


def test_a_sound_file_is_read_whole(tmp_path):
    found, problems = read(
        tmp_path,
        of(
            {},
            {"gene": None, "score": "loop_BMP4", "expected": "differs", "caveat": "weak"},
            {"expected": "unchanged", "margin": 0.5},
            {"gene": None, "role": None, "expected": None, "testable": False, "reason": "protein"},
        ),
    )
    assert not problems
    assert [claim.gene or claim.score for claim in found.claims] == ["BMP4", "loop_BMP4", "BMP4", ""]
    assert [claim.margin for claim in found.claims] == [None, None, 0.5, None]
    assert found.claims[3].reason == "protein" and not found.claims[3].testable


@pytest.mark.parametrize("path", sorted((REPOSITORY / "resources").rglob("claims*/*.yaml")), ids=lambda path: path.stem)
def test_bundled_claims_are_sound(path):
    findings = Findings()
    assert read_claims(str(path), SCHEMA, PANEL, genes, SCORES, findings)
    assert not findings.problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: [", "this is no YAML: did not find"),
        ("- a\n- b\n", "is not of type 'object'"),
        ("", "the file is empty"),
    ],
)
def test_what_is_no_yaml_of_claims_is_reported_once(tmp_path, text, words):
    found, problems = read(tmp_path, text)
    assert found is None and len(problems) == 1 and words in problems[0][1]


def test_a_file_that_is_not_there_is_reported():
    findings = Findings()
    assert read_claims("nowhere.yaml", SCHEMA, PANEL, genes, SCORES, findings) is None
    assert "No such file" in findings.problems[0].found


def test_keys_that_appear_twice_are_reported_with_their_lines(tmp_path):
    text = "title: t\ntitle: u\n" + yaml.safe_dump({k: v for k, v in of({}).items() if k != "title"})
    assert ("F", 'the key "title" appears in lines 1, 2', "each key once") in read(tmp_path, text)[1]


@pytest.mark.parametrize(
    ("name", "words", "right"),
    [
        # Every alias that means two genes, none, or a disease: refused, never guessed.
        ("TAK1", "means MAP3K7 or NR2C2", "a symbol of the panel"),
        ("SIP1", "means ZEB2 or GEMIN2", "a symbol of the panel"),
        ("MADH6", "means SMAD6 or SMAD9", "a symbol of the panel"),
        ("MADH7", "means SMAD7 or SMAD6", "a symbol of the panel"),
        ("ALK1", "means ACVRL1 or SLPI", "a symbol of the panel"),
        ("ALL", "is a disease", "a symbol of the panel"),
        ("CML", "is a disease", "a symbol of the panel"),
        # Another name of a panel gene: the panel's own is given.
        ("BMP2B", '"BMP2B" is called "BMP4" in the panel', '"BMP4"'),
        ("BMP2A", '"BMP2A" is called "BMP2" in the panel', '"BMP2"'),
        ("ENSG00000125378", '"ENSG00000125378" is', ""),
        ("TP53", '"TP53" is not in the panel', "a row for it in the panel"),
        ("BMPR1", '"BMPR1" is no gene of the panel', "a symbol of the panel"),
        ("bmp4", '"bmp4" is', ""),
    ],
)
def test_no_gene_is_guessed(tmp_path, name, words, right):
    found, (problem,) = read(tmp_path, of({"gene": name}))
    assert found is None and problem[0] == "F, claim C0"
    assert words in problem[1] and right in problem[2]


def test_bcr_and_abl1_are_not_the_fusion(tmp_path):
    """A claim may be about either partner; written as the fusion, it is about the fusion and nothing else."""
    found, problems = read(tmp_path, of({"gene": "BCR::ABL1"}))
    assert not problems and found.claims[0].gene == "BCR::ABL1"
    assert read(tmp_path, of({"gene": "bcr/abl"}))[0] is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": None}, 'the key "role" is missing'),
        ({"expected": None}, 'the key "expected" is missing'),
        ({"source": None}, 'the key "source" is missing'),
        ({"testable": False}, 'the key "reason" is missing'),
        ({"gene": None}, "this fits none of the forms"),
        ({"score": "loop_BMP4"}, "this fits none of the forms"),
        ({"expected": "higher"}, "found 'higher'"),
        ({"exspected": "up"}, 'the key "exspected" is unknown'),
        ({"role": "cd34"}, 'there is no role "cd34"'),
        ({"gene": None, "score": "loop_BMP9"}, 'there is no score "loop_BMP9"'),
        ({"margin": 1.0}, "a margin applies only where nothing is expected to change"),
        ({"beside": {"ID99": "up"}}, '"ID99" is no gene of the panel and no score'),
        ({"beside": {"BMP4": "up"}}, '"BMP4" is what the claim is about'),
        ({"beside": {"ID1": "higher"}}, "found 'higher'"),
        ({"expected": "unchanged", "margin": float("inf")}, "found inf, which is not a finite number"),
        ({"expected": "unchanged", "margin": 0}, "found 0"),
        (
            {"gene": None, "score": "erythroid", "expected": "unchanged"},
            '"unchanged" of the score "erythroid" has no margin',
        ),
    ],
)
def test_a_faulty_claim_is_reported(tmp_path, change, words):
    found, problems = read(tmp_path, of(change))
    assert found is None and any(words in problem for _, problem, _ in problems), problems


def test_all_faults_of_a_file_are_reported_at_once(tmp_path):
    content = of({"testable": False}, {"gene": "TAK1"}, {"role": "cd34"}, {"gene": "TP53"}, {"id": "C1"})
    text = " | ".join(f"{where}: {problem}" for where, problem, _ in read(tmp_path, content)[1])
    for words in (
        'F, claims (entry 1): the key "reason" is missing',
        'F, claim C1: "TAK1" is no gene of the panel',
        'F, claim C2: there is no role "cd34"',
        'F, claim C3: "TP53" is not in the panel',
        "F, claim C1: the id appears twice",
    ):
        assert words in text


# Roles


def models(**roles):
    contrasts = {name: CONTRAST | ({"role": role} if role else {}) for name, role in roles.items()}
    return {"m": model_of("~ response", contrasts)}


def check(files, given, cohorts=None):
    findings = Findings()
    check_roles(files, given, {"study": ["m"]} if cohorts is None else cohorts, findings)
    return findings


def test_roles_bind_contrasts(tmp_path):
    given = models(a="lsc", b=["x", "y"], c=None)
    assert bind_roles(given, ["m"]) == {"lsc": [("m", "a")], "x": [("m", "b")], "y": [("m", "b")]}
    assert bind_roles(given, []) == {}


def test_roles_that_no_claim_knows_and_roles_taken_twice_are_reported_together(tmp_path):
    files = [read(tmp_path, of({}))[0]]
    problems = check(files, models(a="lsc", b=["lsc", "nope"])).problems
    assert [(p.where, p.found) for p in problems] == [
        ("config, models.m.contrasts.b.role", 'the claims have no role "nope"'),
        ("config, cohorts.study", 'the role "lsc" is taken by m.a, m.b'),
    ]


def test_cells_of_one_kind_never_answer_for_another():
    roles = {"lsc": Role("stem cells", "r against s"), "cd34": Role("CD34+ cells", "r against s")}
    files = [Claims("one", "c", "", roles, ())]
    (problem,) = check(files, models(a=["lsc", "cd34"])).problems
    assert problem.found == "one comparison would answer for stem cells, CD34+ cells"
    again = Claims("two", "c", "", {"lsc": Role("progenitors", "r against s")}, ())
    assert [p.where for p in check([*files, again], models(a="lsc")).problems] == ["config, claims, role lsc"]
    assert [p.found for p in check([*files, Claims("one", "c", "", {}, ())], models(a="lsc")).problems] == [
        'two files have the title "one"'
    ]


def test_a_role_of_the_same_patients_asks_for_them_in_the_design():
    files = [Claims("one", "c", "", {"change": Role("stem cells", "later against earlier", paired=True)}, ())]
    (warning,) = check(files, models(a="change")).warnings
    assert str(warning).startswith("models.m: a: its role compares samples of the same patients")
    paired = {"m": model_of("~ patient + response", {"a": CONTRAST | {"role": "change"}})}
    assert not check(files, paired).warnings
    assert not check(files, {"m": model_of("~ no formula(", {"a": CONTRAST | {"role": "change"}})}).warnings


def test_with_a_faulty_file_only_what_is_sure_is_reported(tmp_path):
    problems = check([None], models(a="lsc", b=["lsc", "nope"])).problems
    assert [p.found for p in problems] == ['the role "lsc" is taken by m.a, m.b']


def test_one_role_may_be_in_two_cohorts(tmp_path):
    files = [read(tmp_path, of({}))[0]]
    assert not check(files, models(a="lsc"), {"one": ["m"], "two": ["m"]}).problems


def test_a_cohort_in_which_no_contrast_takes_a_role_is_noted(tmp_path):
    files = [read(tmp_path, of({}))[0]]
    findings = check(files, models(a=None))
    assert not findings.problems
    assert findings.notes == ["cohort study: no contrast takes a role, so none of the claims can be tested on it"]
    assert not check([], models(a=None)).notes
    assert check([], models(a="lsc")) == Findings()


def test_claims_may_be_about_a_users_own_score(tmp_path):
    panel = PANEL.assign(score=[("mine" if i < 3 else "") for i in range(len(PANEL))])
    assert "mine" in score_names(panel)
    assert pd.Series(score_names(panel)).is_unique
