// My genes: lists that a reader makes, and what the cohort says of them.
"use strict";

class ListView {
  constructor(page) {
    this.page = page;
    this.section = $("lists");
    this.keys = ["lists", "list", "heat", "order", "contrast", "sample"];
    const { simulated } = page.meta;
    this.heat = new Plot($("list-heat"), () => fileName("heatmap", this.current.name), { simulated, rows: true, titled: () => this.current.name });
    this.dots = new Plot($("list-dots"), () => fileName("dots", this.current.name), { renderer: "svg", simulated, titled: () => this.current.name });
    $("list-make").addEventListener("click", () => this.read($("list-text").value));
    $("list-text").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.read($("list-text").value); });
    $("list-choice").addEventListener("change", () => page.go({ list: $("list-choice").value }));
    $("list-from").addEventListener("change", () => this.takeSource());
    $("list-name").addEventListener("change", () => this.rename($("list-name").value));
    $("list-delete").addEventListener("click", () => this.remove());
    $("list-link").addEventListener("click", () => page.copy($("list-link"), "lists"));
    $("list-gmt").addEventListener("click", () => this.takeSets());
    $("list-heat-of").addEventListener("change", () => page.go({ heat: $("list-heat-of").value }));
    $("list-order").addEventListener("change", () => page.go({ order: $("list-order").value }));
    $("list-take").addEventListener("click", () => this.takeTable([page.contrast], page.contrast.key));
    $("list-take-all").addEventListener("click", () => this.takeTable(page.contrasts, "all-comparisons"));
    for (const kind of ["dragover", "drop"]) this.section.addEventListener(kind, (event) => this.drop(event));
  }

  get current() {
    return this.page.currentList();
  }

  // What is pasted or dropped becomes a list, and the words that are no gene of this cohort are named.
  read(text, name = "My genes") {
    const { page } = this;
    const found = readList(text, page.search);
    $("list-message").textContent = text.trim() ? describeRead(found, (place) => page.genes.symbol(place)) : "";
    if (found.places.length) {
      page.makeList(name, found.places);
      $("list-text").value = "";
    }
  }

  async drop(event) {
    event.preventDefault();
    if (event.type !== "drop") return;
    const [file] = event.dataTransfer.files;
    if (!file) { this.read(event.dataTransfer.getData("text/plain")); return; }
    const text = await file.slice(0, PASTE.text + 1).text();
    if (!/\.gmt$/i.test(file.name)) { this.read(text, file.name.replace(/\.\w+$/, "")); return; }
    const sets = readSets(text).slice(0, LIMITS.lists - this.page.view.lists.length);
    for (const [name, genes] of sets) this.read(genes, name);
    if (!sets.length) $("list-message").textContent = "No set was found in this file, or there is no room for another list.";
  }

  async fillSources() {
    const { page } = this;
    const select = $("list-from");
    select.replaceChildren(select.options[0]);
    this.sources = await listSources(page);
    for (const [heading, sources] of this.sources) {
      const group = make("optgroup", "", { label: heading });
      sources.forEach((source, place) => group.append(make("option", `${source.name} (${source.genes.length})`, { value: `${heading}/${place}` })));
      select.append(group);
    }
  }

  takeSource() {
    const [heading, place] = $("list-from").value.split("/");
    const source = this.sources.find((one) => one[0] === heading)?.[1][Number(place)];
    $("list-from").value = "";
    if (source) this.page.makeList(source.name, source.genes);
  }

  rename(wanted) {
    const { page, current } = this;
    if (!current.own) return;
    const others = page.view.lists.filter((list) => list.name !== current.name);
    const name = unusedName(wanted, others);
    page.go({ lists: page.view.lists.map((list) => (list.name === current.name ? { ...list, name } : list)), list: name });
  }

  remove() {
    const { page, current } = this;
    if (current.own) page.go({ lists: page.view.lists.filter((list) => list.name !== current.name), list: "" });
  }

  async draw(changed) {
    const { page, current } = this;
    const { genes, contrasts, view } = page;
    await Promise.all([...contrasts.map((one) => genes.load(one)), genes.loadLevels()]);
    if (current.name !== this.current.name) return;
    if (!this.sources || changed.has("contrast")) await this.fillSources();
    const choice = $("list-choice");
    choice.replaceChildren(make("option", "Panel", { value: "" }), ...view.lists.map((list) => make("option", `${list.name} (${list.genes.length})`, { value: list.name })));
    choice.value = view.list;
    $("list-name").value = current.own ? current.name : "";
    $("list-name").disabled = !current.own;
    $("list-delete").disabled = !current.own;
    $("list-heat-of").value = view.heat;
    $("list-order").value = view.order;
    $("list-title").textContent = `${current.name}: ${number(current.genes.length, 0)} gene${current.genes.length === 1 ? "" : "s"}`;
    this.drawHeat();
    this.drawDots();
    if (changed.has("lists") || changed.has("list")) this.drawCounts();
    this.drawTable();
  }

  drawHeat() {
    const { page, current } = this;
    const { genes, contrasts, contrast, view, meta } = page;
    const ofSamples = view.heat === "samples";
    const samples = ofSamples ? samplesOf(contrast) : null;
    let places = current.genes.slice(0, HEAT_SHOWN);
    let rows = heatRows(genes, contrasts, places, samples);
    if (view.order === "clustered" && places.length > 2) {
      const { order } = averageLinkage(rows);
      places = order.map((i) => places[i]);
      rows = order.map((i) => rows[i]);
    }
    const marks = ofSamples ? null : places.map((place) => contrasts.map((one) => MARKS[KINDS[genes.kinds(one)[place]]]));
    const groupOf = new Map(contrast.groups.flatMap((group) => group.samples.map((sample) => [sample, group.name])));
    const columns = ofSamples
      ? samples.map((sample) => ({ name: meta.samples[sample].name, beside: groupOf.get(sample) ?? "" }))
      : contrasts.map((one) => ({ name: `${one.modelTitle}: ${one.title}`, beside: "", digits: one.digits }));
    const undirected = new Set(ofSamples ? [] : contrasts.filter((one) => one.sides.every((side) => side.side === "differs")).map((one) => one.number));
    $("list-heat").style.height = `${heatHeight(places.length)}px`;
    this.heat.chart?.resize();
    const of = ofSamples ? `${meta.measure.level}, about the mean of the gene` : "log2 fold change";
    this.heat.show(
      heatOption({ rows, columns, names: places.map((place) => genes.symbol(place)), marks, measure: of, undirected }),
      `Heatmap of ${places.length} genes of the list ${current.name} in ${columns.length} ${ofSamples ? "samples" : "comparisons"}; the same numbers are in the tables below`,
      (hit) => hit.seriesType === "heatmap" && page.go({ gene: places[hit.value[1]], ...(ofSamples ? {} : { contrast: hit.value[0] }) }, { target: "gene" }),
    );
    $("list-heat-said").textContent = [
      current.genes.length > places.length && `The first ${HEAT_SHOWN} of ${number(current.genes.length, 0)} genes.`,
      ofSamples ? `Samples of ${contrast.modelTitle}: ${contrast.title}, group by group.` : "A dot: changed; an equals sign: equivalent; without: undetermined; grey: no estimate.",
      view.order === "clustered" && "Genes are ordered by average linkage of their rows.",
      "Choose a cell to see the gene.",
    ].filter(Boolean).join(" ");
  }

  drawDots() {
    const { page, current } = this;
    const { genes, contrast, meta } = page;
    const places = current.genes.slice(0, DOTS_SHOWN);
    const grouped = contrast.measurement ? { ...contrast, groups: [{ name: "all samples", label: "all samples", samples: samplesOf(contrast) }] } : contrast;
    this.dots.show(
      ringed(dotsOption(genes, grouped, places, meta.samples, meta.measure), sampleAt(meta, page.view.sample), page.view.sample),
      `Levels of ${places.length} genes of the list ${current.name} in every sample of: ${contrast.modelTitle}, ${contrast.title}`,
      (hit) => hit.seriesType === "scatter" && page.go({ gene: places[hit.value[3]] }, { target: "gene" }),
    );
  }

  drawCounts() {
    const { page, current } = this;
    $("list-counts").replaceChildren(...page.contrasts.map((contrast) => {
      const { counts, median, others, above } = describeList(page.genes, contrast, current.genes);
      const row = make("tr");
      const cell = (kind) => {
        const held = make("td", "", { class: `n ${kind === "up" || kind === "down" || kind === "differs" ? kind : ""}` });
        const asked = counts[kind];
        if (!asked) held.textContent = "0";
        else held.append(button(number(asked, 0), () => page.makeList(`${KIND_WORDS[kind]}, ${contrast.title}`, current.genes.filter((place) => KINDS[page.genes.kinds(contrast)[place]] === kind)), { class: "count", "aria-label": `${number(asked, 0)} genes ${KIND_WORDS[kind]} in ${contrast.title}: make a list` }));
        return held;
      };
      row.append(
        make("td", `${contrast.modelTitle}: ${contrast.title}`, { class: "wrap" }),
        ...["up", "down", "differs", "same", "open", "none"].map(cell),
        make("td", number(median, contrast.digits), { class: "n" }),
        make("td", number(others, contrast.digits), { class: "n" }),
        make("td", above === null ? "–" : `${(100 * above).toFixed(0)}%`, { class: "n" }),
      );
      return row;
    }));
  }

  rows(contrast) {
    const { genes } = this.page;
    return this.current.genes.map((place, rank) => {
      const found = genes.effect(contrast, place);
      return { place, rank: rank + 1, gene: genes.symbol(place), id: genes.names.ids[place], ...found, panel: genes.inPanel(place, found) };
    });
  }

  drawTable() {
    const { page } = this;
    const rows = this.rows(page.contrast);
    if (this.table) {
      if (this.built) this.table.setData(rows);
      return;
    }
    const text = (write) => (cell) => document.createTextNode(write(cell.getValue()));
    const effect = (value) => number(value, page.contrast.digits);
    const figures = (title, field, write) => ({ title, field, hozAlign: "right", headerHozAlign: "right", sorter: "number", sorterParams: { alignEmptyValues: "bottom" }, formatter: text(write), minWidth: 84, widthGrow: 0 });
    this.table = new Tabulator("#list-table", {
      data: rows,
      maxHeight: 420,
      layout: "fitColumns",
      placeholder: "This list is empty.",
      columns: [
        figures("No.", "rank", (v) => number(v, 0)),
        { title: "Gene", field: "gene", width: 130, formatter: (cell) => make("a", cell.getValue(), { href: writeLink({ gene: cell.getData().id, contrast: page.contrast.key }), tabindex: "-1" }) },
        { title: "Identifier", field: "id", width: 150, formatter: "plaintext" },
        figures("log2 FC", "log2", effect),
        figures("from", "low", effect),
        figures("to", "high", effect),
        figures("p", "p", pValue),
        figures("p adj", "adj", pValue),
        { title: "Outcome", field: "outcome", formatter: "plaintext", width: 126 },
        { title: "Panel", field: "panel", formatter: "plaintext", minWidth: 130 },
      ],
    });
    this.table.on("tableBuilt", () => { this.built = true; this.table.setData(this.rows(page.contrast)); });
    letKeyboardIn(this.table, $("list-table"));
  }

  takeTable(contrasts, name) {
    const { page, current } = this;
    const digits = (value) => (typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(4)) : value);
    const lines = contrasts.flatMap((contrast) => this.rows(contrast).map((row) => tabbed([
      row.gene, row.id, contrast.key, `${contrast.modelTitle}: ${contrast.title}`, ...["log2", "low", "high", "p", "adj", "detectable"].map((field) => digits(row[field])), row.family, row.outcome, row.panel, page.meta.simulated ? "SIMULATED" : "measured",
    ])));
    const heading = tabbed(["gene", "gene_id", "comparison", "title", "log2_fc", "ci_low", "ci_high", "p_value", "adj_p_value", "min_detectable_log2_fc", "family", "outcome", "panel", "data_origin"]);
    saveText(`${[heading, ...lines].join("\n")}\n`, "text/tab-separated-values", `${fileName(current.name, name)}.tsv`);
  }

  takeSets() {
    const { page } = this;
    const lists = page.view.lists.length ? page.view.lists : [this.current];
    const lines = lists.map((list) => tabbed([list.name, "list from a report", ...list.genes.map((place) => page.genes.names.ids[place])]));
    saveText(`${lines.join("\n")}\n`, "text/plain", "lists.gmt");
  }
}

// Where a list can be taken from: [heading, [{ name, genes }]]: groups of the panel, and the gene sets of the comparison.
async function listSources({ genes, contrast, dossier }) {
  const groups = new Map();
  for (const gene of genes.panelGenes) {
    if (gene.place < 0) continue;
    for (const name of [gene.tier === "primary" ? "Primary genes" : "", gene.role]) if (name) groups.set(name, [...(groups.get(name) ?? []), gene.place]);
  }
  const [packed] = await Promise.all([genes.store.get("sets"), dossier.load()]);
  const shown = packed[contrast.number].top;
  const sets = shown.map((set) => dossier.sets.find((one) => one.name === set.name && one.file === set.file)).filter(Boolean);
  const all = [["Panel", [...groups].map(([name, held]) => ({ name, genes: held }))], ["Gene sets of the comparison", sets]];
  return all.filter(([, sources]) => sources.length);
}
