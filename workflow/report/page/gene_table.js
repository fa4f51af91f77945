// The table of all genes of a comparison.
"use strict";

class GeneTable {
  constructor(page) {
    this.page = page;
    this.section = $("gene-table");
    this.keys = ["contrast", "sort", "filter"];
    this.holds = null;
    $("take-table").addEventListener("click", () => this.table.download("csv", `${fileName("genes", page.contrast.key)}.tsv`, { delimiter: "\t" }));
    $("list-rows").addEventListener("click", () => {
      const filters = Object.values(page.view.filter);
      const name = filters.length ? `${page.contrast.title}: ${filters.join(", ")}` : page.contrast.title;
      page.makeList(name, this.table.getData("active").map((row) => row.place));
    });
  }

  async draw() {
    const { page } = this;
    const { genes, contrast } = page;
    await genes.load(contrast);
    if (contrast !== page.contrast) return;
    if (!this.table) {
      this.holds = contrast;
      this.make(genes.rows(contrast));
      return;
    }
    if (!this.built) return;
    if (this.holds !== contrast) {
      this.holds = contrast;
      this.table.setData(genes.rows(contrast));
    }
    this.apply();
  }

  // Sorting and filters as the view has them; what a reader does himself is there already.
  apply() {
    const { sort, filter } = this.page.view;
    const [column, dir] = sort;
    const now = this.table.getSorters()[0];
    if (now?.field !== column || now?.dir !== dir) this.table.setSort(column, dir);
    const shown = Object.fromEntries(this.table.getHeaderFilters().map((one) => [one.field, one.value]));
    for (const field of Object.keys(shown)) if (!filter[field] && shown[field]) this.table.setHeaderFilterValue(field, "");
    for (const [field, value] of Object.entries(filter)) if (shown[field] !== value) this.table.setHeaderFilterValue(field, value);
  }

  // The reader sorted or filtered: the view says so.
  heard() {
    if (!this.built) return;
    const sorter = this.table.getSorters()[0];
    const filter = Object.fromEntries(this.table.getHeaderFilters().filter((one) => one.value).map((one) => [one.field, String(one.value)]));
    this.page.go({ filter, ...(sorter ? { sort: [sorter.field, sorter.dir] } : {}) }, { quiet: true });
    const [shown, all] = [this.table.getDataCount("active"), this.page.genes.count];
    $("table-count").textContent = shown === all ? `${number(all, 0)} genes.` : `${number(shown, 0)} of ${number(all, 0)} genes.`;
  }

  make(rows) {
    const { page } = this;
    const { meta } = page;
    const text = (write) => (cell) => document.createTextNode(write(cell.getValue()));
    const effect = (value) => number(value, page.contrast.digits);
    const figures = (title, field, write, tip, width = 88) => ({
      title, field, hozAlign: "right", headerHozAlign: "right", sorter: "number", sorterParams: { alignEmptyValues: "bottom" },
      formatter: text(write), headerTooltip: tip, minWidth: width, widthGrow: 0,
      // The page holds rounded numbers; more digits than these would be made up.
      accessorDownload: (value) => (typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(4)) : value),
    });
    const filter = (named, more = {}) => ({
      headerFilter: "input", headerFilterPlaceholder: "find", headerFilterParams: { elementAttributes: { "aria-label": `Filter by ${named}` } }, ...more,
    });
    // "1" keeps what is at least 1, "-1" what is at most -1.
    const beyond = (asked, value) => { const edge = Number(String(asked).replace("−", "-")); return value !== null && (edge < 0 ? value <= edge : value >= edge); };
    // What a saved table says of itself.
    const saved = (title, value) => ({ title, field: title, visible: false, download: true, accessorDownload: value });
    this.table = new Tabulator("#gene-table", {
      data: rows,
      height: 460,
      layout: "fitColumns",
      placeholder: "No gene fits.",
      initialSort: [{ column: page.view.sort[0], dir: page.view.sort[1] }],
      initialHeaderFilter: Object.entries(page.view.filter).map(([field, value]) => ({ field, value })),
      columns: [
        {
          title: "Gene", field: "gene", ...filter("gene"), width: 130, frozen: innerWidth > 700,
          formatter: (cell) => make("a", cell.getValue(), { href: writeLink({ gene: cell.getData().id, contrast: page.contrast.key }), tabindex: "-1" }),
        },
        { title: "Identifier", field: "id", ...filter("identifier"), width: 150, formatter: "plaintext" },
        figures(meta.measure.counted ? "Mean count" : "Mean level", "mean", (v) => number(v, 1), meta.measure.mean, 126),
        { ...figures("log2 FC", "log2", effect, "log2 fold change", 100), ...filter("log2 fold change: 1 keeps what is at least 1, −1 what is at most −1", { headerFilterPlaceholder: "1 or −1", headerFilterFunc: beyond }) },
        figures("from", "low", effect, `lower end of the ${meta.confidence} interval`, 78),
        figures("to", "high", effect, `upper end of the ${meta.confidence} interval`, 78),
        figures("p", "p", pValue, ""),
        { ...figures("p adj", "adj", pValue, "Benjamini-Hochberg over the tested genes"), ...filter("largest adjusted p-value", { headerFilter: "number", headerFilterPlaceholder: "at most", headerFilterFunc: (most, value) => value !== null && value <= Number(most) }) },
        figures("Detectable", "detectable", effect, "smallest log2 fold change that a single test would probably have found", 124),
        { title: "Outcome", field: "outcome", ...filter("outcome"), formatter: "plaintext", minWidth: 120, width: 126 },
        { title: "Panel", field: "panel", ...filter("role in the panel"), formatter: "plaintext", minWidth: 130 },
        saved("comparison", () => page.contrast.key),
        saved("data_origin", () => (meta.simulated ? "SIMULATED" : "measured")),
      ],
    });
    this.table.on("tableBuilt", () => { this.built = true; this.apply(); this.heard(); });
    this.table.on("dataSorted", () => this.heard());
    this.table.on("dataFiltered", () => setTimeout(() => this.heard()));
    letKeyboardIn(this.table, $("gene-table"));
  }
}

// The keyboard goes through a table by its links: arrow keys from row to row, and one stop among them for all others.
function letKeyboardIn(table, element) {
  // Tabulator makes its scrolled part a stop of its own, which a grid may not hold.
  table.on("tableBuilt", () => element.querySelector(".tabulator-tableholder").removeAttribute("tabindex"));
  for (const event of ["renderComplete", "scrollVertical"]) table.on(event, () => keepOneStop(element));
  element.addEventListener("keydown", stepThroughRows);
}

// Of the genes in a table the keyboard stops at one: rows come as one goes, so stops at all of them would never end.
function keepOneStop(table) {
  const links = [...table.querySelectorAll(".tabulator-row a")];
  if (links.length && !links.some((link) => link.tabIndex === 0)) links[0].tabIndex = 0;
}

// Arrow keys go on from there.
function stepThroughRows(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || !event.target.matches(".tabulator-row a")) return;
  const row = event.target.closest(".tabulator-row");
  const next = (event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling)?.querySelector("a");
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
