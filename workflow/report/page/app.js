// The living part of the page: a gene, a comparison, and the link that names both.
"use strict";

const $ = (name) => document.getElementById(name);

// An element with text; text is only ever set as text.
function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function save(content, type, name) {
  const link = make("a", "", { download: name, href: content instanceof Blob ? URL.createObjectURL(content) : content });
  link.type = type;
  link.click();
  if (content instanceof Blob) setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const fileName = (...parts) => parts.join("_").replace(/[^\w.-]+/g, "-");

// A plot in its frame, drawn when it is first seen, with buttons to take its current view away.
class Plot {
  constructor(frame, name, renderer = "canvas") {
    this.frame = frame;
    this.name = name;
    this.renderer = renderer;
    this.chart = null;
    this.option = null;
    const bar = make("div", "", { class: "take" });
    for (const kind of ["SVG", "PNG"]) {
      const button = make("button", kind, { type: "button", title: `Save this view as ${kind}` });
      button.addEventListener("click", () => this.take(kind));
      bar.append(button);
    }
    frame.after(bar);
    new ResizeObserver(() => this.chart?.resize()).observe(frame);
  }

  show(option, description, onPoint = null) {
    if (this.chart === null) {
      this.chart = echarts.init(this.frame, null, { renderer: this.renderer });
      this.chart.on("click", (hit) => this.onPoint?.(hit));
    }
    this.option = option;
    this.onPoint = onPoint;
    this.chart.setOption(option, { notMerge: true });
    this.frame.setAttribute("role", "img");
    this.frame.setAttribute("aria-label", description);
  }

  take(kind) {
    if (this.chart === null) return;
    const [width, height] = [this.chart.getWidth(), this.chart.getHeight()];
    // What is zoomed stays zoomed.
    const { dataZoom } = this.chart.getOption();
    const option = dataZoom?.length ? { ...this.option, dataZoom } : this.option;
    const mark = META.simulated ? { graphic: [{ type: "text", right: 6, top: 4, style: { text: "SIMULATED", fill: "#A84600", fontWeight: "bold" } }] } : {};
    if (kind === "SVG") {
      const drawn = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
      drawn.setOption({ ...option, ...mark, backgroundColor: "#fff" });
      save(new Blob([drawn.renderToSVGString()], { type: "image/svg+xml" }), "image/svg+xml", `${this.name()}.svg`);
      drawn.dispose();
      return;
    }
    const place = make("div", "", { style: `width:${width}px;height:${height}px;position:absolute;left:-9999px` });
    document.body.append(place);
    const drawn = echarts.init(place, null, { renderer: "canvas", devicePixelRatio: 3 });
    drawn.setOption({ ...option, ...mark, backgroundColor: "#fff" });
    save(drawn.getDataURL({ type: "png", pixelRatio: 3 }), "image/png", `${this.name()}.png`);
    drawn.dispose();
    place.remove();
  }
}

let META;

class Page {
  constructor(meta, store) {
    META = meta;
    this.meta = meta;
    this.genes = new Genes(meta, store);
    this.contrasts = meta.contrasts.map((contrast, number) => ({ ...contrast, number }));
    this.state = { gene: -1, contrast: 0 };
    this.shown = { gene: null, contrast: null };
    this.plots = {
      volcano: new Plot($("volcano"), () => fileName("volcano", this.contrast.key)),
      meanDifference: new Plot($("mean-difference"), () => fileName("mean-difference", this.contrast.key)),
      histogram: new Plot($("p-values"), () => fileName("p-values", this.contrast.key)),
      samples: new Plot($("gene-samples"), () => fileName(this.genes.symbol(this.state.gene), this.contrast.key), "svg"),
      beside: new Plot($("beside-samples"), () => fileName(this.genes.symbol(this.state.gene), this.contrast.key), "svg"),
    };
  }

  get contrast() {
    return this.contrasts[this.state.contrast];
  }

  async start() {
    await this.genes.loadNames();
    this.search = new Search(this.genes.names, this.meta.panel.map((gene) => gene.place));
    for (const box of document.querySelectorAll("[data-search]")) this.listen(box);
    for (const select of document.querySelectorAll("[data-contrasts]")) {
      this.contrasts.forEach((contrast, number) => select.append(make("option", `${contrast.modelTitle}: ${contrast.title}`, { value: number })));
      select.addEventListener("change", () => this.go({ contrast: Number(select.value) }));
    }
    window.addEventListener("hashchange", () => this.follow(true));
    document.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-gene]");
      if (cell && !event.target.closest("a")) this.go({ gene: this.search.place(cell.dataset.gene), contrast: Number(cell.dataset.contrast ?? this.state.contrast) }, "gene");
    });
    $("copy-link").addEventListener("click", () => this.copy());
    window.addEventListener("beforeprint", () => document.querySelectorAll("details[data-print]").forEach((part) => { part.open = true; }));
    const draws = [
      this.whenSeen($("gene"), () => this.showGene()),
      this.whenSeen($("contrasts"), () => this.showContrast()),
    ];
    // A page that is printed before anyone scrolled shows both as well.
    const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
    idle(() => draws.forEach((draw) => draw()), { timeout: 3000 });
    const first = this.meta.panel.find((gene) => gene.place >= 0);
    this.state.gene = first ? first.place : 0;
    this.follow(false);
    document.documentElement.dataset.ready = "yes";
  }

  // A section draws itself when it comes into view, or when there is time.
  whenSeen(section, draw) {
    const now = () => {
      watch.disconnect();
      if (section.dataset.seen) return;
      section.dataset.seen = "yes";
      draw();
    };
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && now(), { rootMargin: "200px" });
    watch.observe(section);
    return now;
  }

  // Take gene and comparison from the address; a link to a section changes neither.
  follow(scroll) {
    const said = readLink(location.hash);
    if (said === null) return;
    const quiet = this.quiet === location.hash;
    this.quiet = null;
    const places = said.gene ? this.search.places(said.gene) : [this.state.gene];
    const place = places.length === 1 ? places[0] : -1;
    const number = said.contrast ? this.contrasts.findIndex((contrast) => contrast.key === said.contrast) : this.state.contrast;
    const several = places.map((one) => this.genes.symbol(one)).join(", ");
    const shown = `Below stands ${this.genes.symbol(this.state.gene)}.`;
    this.tell(places.length > 1 ? `${said.gene} is a name of several genes: ${several}. ${shown}`
      : place < 0 ? `This cohort has no gene called ${said.gene}. ${shown}` : number < 0 ? `There is no comparison ${said.contrast}.` : "");
    this.state = { gene: place < 0 ? this.state.gene : place, contrast: number < 0 ? this.state.contrast : number };
    this.update();
    if (!quiet) {
      const target = said.gene ? $("gene") : $("contrasts");
      // Where the reader is brought to.
      target.querySelector("h2").after($("told"));
      target.scrollIntoView({ behavior: scroll && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "auto" });
    }
  }

  // Change the view and the address; scroll only where asked to.
  go(change, target = null) {
    if (change.gene === -1) return;
    const state = { ...this.state, ...change };
    const link = writeLink({ gene: this.genes.names.ids[state.gene], contrast: this.contrasts[state.contrast].key });
    if (link === location.hash) {
      this.state = state;
      this.update();
    } else {
      this.quiet = link;
      location.hash = link;
    }
    if (target) $(target).scrollIntoView();
  }

  tell(text) {
    $("told").textContent = text;
    $("told").hidden = !text;
  }

  update() {
    for (const select of document.querySelectorAll("[data-contrasts]")) select.value = String(this.state.contrast);
    if ($("gene").dataset.seen) this.showGene();
    if ($("contrasts").dataset.seen) this.showContrast();
  }

  async copy() {
    const link = `${location.href.split("#")[0]}${writeLink({ gene: this.genes.names.ids[this.state.gene], contrast: this.contrast.key })}`;
    try {
      await navigator.clipboard.writeText(link);
      $("copy-link").textContent = "Copied";
    } catch {
      // Without the right to write to it, the address bar has the same link.
      location.hash = link.split("#")[1];
      $("copy-link").textContent = "See the address bar";
    }
    setTimeout(() => { $("copy-link").textContent = "Copy link"; }, 2000);
  }

  // A search box with suggestions that keyboard and screen reader can use.
  listen(box) {
    const list = $(box.getAttribute("aria-controls"));
    let hits = [];
    let active = -1;
    const close = () => {
      list.hidden = true;
      active = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };
    const choose = (place) => {
      close();
      box.value = "";
      this.go({ gene: place }, "gene");
    };
    const mark = () => [...list.children].forEach((item, i) => {
      item.setAttribute("aria-selected", String(i === active));
      if (i === active) box.setAttribute("aria-activedescendant", item.id);
    });
    box.addEventListener("input", () => {
      hits = this.search.suggest(box.value);
      list.replaceChildren(...hits.map((hit, i) => {
        const item = make("li", this.genes.symbol(hit.place), { role: "option", id: `${list.id}-${i}` });
        const beside = hit.word === this.genes.symbol(hit.place).toUpperCase() ? this.genes.names.ids[hit.place] : hit.word;
        item.append(make("span", beside, { class: "quiet" }));
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(hit.place); });
        return item;
      }));
      if (box.value.trim() && !hits.length) list.append(make("li", "no such gene in this cohort", { class: "quiet" }));
      list.hidden = !list.children.length;
      box.setAttribute("aria-expanded", String(!list.hidden));
      active = hits.length ? 0 : -1;
      mark();
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (event.key === "Enter" && active >= 0) { event.preventDefault(); choose(hits[active].place); }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!hits.length) return;
        event.preventDefault();
        active = (active + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length;
        mark();
      }
    });
    box.addEventListener("blur", close);
  }

  async drawSamples(plot) {
    const { contrast, genes } = this;
    const place = this.state.gene;
    await genes.loadLevels();
    const samples = this.meta.samples;
    plot.show(
      samplesOption(contrast, genes.levels(place), samples.map((s) => s.name), samples.map((s) => s.patient), genes.symbol(place), genes.curve(contrast, place), this.meta.measure),
      `Dot plot of ${genes.symbol(place)} in every sample of: ${contrast.modelTitle}`,
    );
  }

  // The gene: who it is, its samples, what every comparison says.
  async showGene() {
    const { genes, contrasts, contrast } = this;
    const { names } = genes;
    const place = this.state.gene;
    await Promise.all([...contrasts.map((one) => genes.load(one)), genes.loadLevels()]);
    if (place !== this.state.gene) return;
    const inPanel = genes.panel.get(place);
    $("gene-name").textContent = genes.symbol(place);
    $("gene-who").textContent = [
      names.ids[place],
      names.entrez[place] && `Entrez ${names.entrez[place]}`,
      names.biotypes[names.biotype[place]],
      names.aliases[place] && `also ${names.aliases[place].replaceAll("|", ", ")}`,
    ].filter(Boolean).join(" · ");
    $("gene-role").textContent = inPanel ? `In the panel: ${inPanel.role} (${inPanel.tier}).` : "Not in the panel.";
    const [counted, mean] = [genes.counted.at(place), genes.average.at(place) ?? 0];
    const { measure } = this.meta;
    $("gene-detection").textContent = measure.counted
      ? `Counted in ${counted} of ${this.meta.samples.length} samples of the cohort, on average ${number(mean)} normalised counts per million.`
      : `${measure.mean} in the cohort: ${number(mean)}.`;
    const effects = contrasts.map((one) => genes.effect(one, place));
    const reach = Math.max(...contrasts.map((one) => one.margin * 1.3), ...effects.flatMap((e) => [e.low, e.high, e.log2].filter((v) => v !== null && Number.isFinite(v)).map(Math.abs)));
    const scale = Math.min(reach, 8);
    const rows = contrasts.map((one, number) => this.effectRow(one, effects[number], scale, contrasts[number - 1]));
    $("gene-effects").replaceChildren(...rows);
    $("gene-now").textContent = `${contrast.modelTitle}: ${contrast.title}. ${tell(effects[this.state.contrast])}`;
    await this.drawSamples(this.plots.samples);
  }

  effectRow(contrast, effect, scale, before) {
    const row = make("tr", "", contrast.number === this.state.contrast ? { class: "now" } : {});
    const name = make("td", "", { class: "wrap" });
    if (before?.model !== contrast.model) name.append(make("strong", contrast.modelTitle), make("br"));
    const link = make("a", contrast.title, { href: writeLink({ gene: this.genes.names.ids[this.state.gene], contrast: contrast.key }) });
    link.addEventListener("click", (event) => { event.preventDefault(); this.go({ contrast: contrast.number }); });
    name.append(link);
    const bar = make("td", "", { class: "forest" });
    bar.append(forest(effect, scale, contrast.margin));
    row.append(
      name,
      bar,
      make("td", effect.low === null ? number(effect.log2) : `${number(effect.log2)} (${number(effect.low)} to ${number(effect.high)})`, { class: `n ${effect.side}` }),
      make("td", pValue(effect.adj), { class: "n", title: `adjusted over: ${effect.family}` }),
      make("td", effect.detectable === null ? "–" : number(effect.detectable), { class: "n" }),
      make("td", tell(effect), { class: "wrap" }),
    );
    return row;
  }

  // The comparison: plots, table, the chosen gene beside them.
  async showContrast() {
    const { genes, contrast } = this;
    await genes.load(contrast);
    if (contrast !== this.contrast) return;
    const place = this.state.gene;
    const label = (at) => {
      const effect = genes.effect(contrast, at);
      return `${genes.symbol(at)}\nlog2 ${number(effect.log2)}, adjusted p ${pValue(effect.genomeWide)}`;
    };
    const pick = (hit) => hit.seriesType === "scatter" && this.go({ gene: hit.value[2] });
    const said = `${contrast.modelTitle}: ${contrast.title}`;
    this.plots.volcano.show(volcanoOption(genes, contrast, place, label, contrast.margin), `Volcano plot, ${said}: effect against p-value of ${genes.count} genes`, pick);
    this.plots.meanDifference.show(meanDifferenceOption(genes, contrast, place, label), `${this.meta.measure.mean} against effect, ${said}`, pick);
    this.plots.histogram.show(histogramOption(genes, contrast), `Histogram of p-values, ${said}`);
    $("contrast-said").textContent = contrast.said;
    $("beside-name").textContent = genes.symbol(place);
    $("beside-said").textContent = tell(genes.effect(contrast, place));
    $("beside-link").href = writeLink({ gene: genes.names.ids[place], contrast: contrast.key });
    await this.drawSamples(this.plots.beside);
    if (this.shown.contrast !== contrast) {
      this.shown.contrast = contrast;
      this.showTable();
      await this.showSets();
      await this.showActivities();
    }
  }

  showTable() {
    const { genes, contrast, meta } = this;
    const rows = genes.rows(contrast);
    if (this.table) {
      this.table.setData(rows);
      return;
    }
    const text = (write) => (cell) => document.createTextNode(write(cell.getValue()));
    const figures = (title, field, write, tip, width = 88) => ({
      title, field, hozAlign: "right", headerHozAlign: "right", sorter: "number", sorterParams: { alignEmptyValues: "bottom" },
      formatter: text(write), headerTooltip: tip, minWidth: width, widthGrow: 0,
      // The page holds rounded numbers; more digits than these would be made up.
      accessorDownload: (value) => (typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(4)) : value),
    });
    const filter = (named, more = {}) => ({
      headerFilter: "input", headerFilterPlaceholder: "find", headerFilterParams: { elementAttributes: { "aria-label": `Filter by ${named}` } }, ...more,
    });
    this.table = new Tabulator("#gene-table", {
      data: rows,
      height: 460,
      layout: "fitColumns",
      placeholder: "No gene fits.",
      initialSort: [{ column: "p", dir: "asc" }],
      columns: [
        {
          title: "Gene", field: "gene", ...filter("gene"), width: 130, frozen: innerWidth > 700,
          formatter: (cell) => make("a", cell.getValue(), { href: writeLink({ gene: cell.getData().id, contrast: this.contrast.key }), tabindex: "-1" }),
        },
        { title: "Identifier", field: "id", ...filter("identifier"), width: 150, formatter: "plaintext" },
        figures(meta.measure.counted ? "Mean count" : "Mean level", "mean", (v) => number(v, 1), meta.measure.mean, 126),
        figures("log2 FC", "log2", number, "log2 fold change", 100),
        figures("from", "low", number, `lower end of the ${meta.confidence} interval`, 78),
        figures("to", "high", number, `upper end of the ${meta.confidence} interval`, 78),
        figures("p", "p", pValue, ""),
        { ...figures("p adj", "adj", pValue, "Benjamini-Hochberg over the tested genes"), ...filter("largest adjusted p-value", { headerFilter: "number", headerFilterPlaceholder: "at most", headerFilterFunc: (most, value) => value !== null && value <= Number(most) }) },
        figures("Detectable", "detectable", number, "smallest log2 fold change that a single test would probably have found", 124),
        { title: "Outcome", field: "outcome", ...filter("outcome"), formatter: "plaintext", minWidth: 120, width: 126 },
        { title: "Panel", field: "panel", ...filter("role in the panel"), formatter: "plaintext", minWidth: 130 },
      ],
    });
    this.table.on("renderComplete", keepOneStop);
    this.table.on("scrollVertical", keepOneStop);
    $("gene-table").addEventListener("keydown", stepThroughRows);
    $("take-table").addEventListener("click", () => this.table.download("csv", `${fileName("genes", this.contrast.key)}.tsv`, { delimiter: "\t" }));
  }

  async showActivities() {
    const body = $("activities-body");
    if (!body) return;
    const all = await this.genes.store.get("activities");
    const found = all[this.contrast.number];
    const several = new Set(found.top.map((one) => one.file)).size > 1;
    const p = (value) => (value === null ? "–" : pValue(value));
    $("activities-said").textContent = found.said;
    body.replaceChildren(...found.top.map((one) => {
      const row = make("tr");
      row.append(
        make("td", several ? `${one.name} (${one.file})` : one.name, { class: "wrap" }),
        make("td", number(one.size, 0), { class: "n" }),
        make("td", number(one.stat), { class: `n ${one.side}` }),
        make("td", p(one.p), { class: "n" }),
        make("td", p(one.adj), { class: "n" }),
        make("td", p(one.rotation), { class: "n" }),
        make("td", one.agree === null ? "–" : `${Math.round(one.agree * 100)}%`, { class: "n" }),
        make("td", one.stat === null ? "not tested: fewer than five targets" : one.hits, { class: "wrap quiet" }),
      );
      return row;
    }));
  }

  async showSets() {
    const body = $("sets-body");
    if (!body) return;
    const all = await this.genes.store.get("sets");
    const sets = all[this.contrast.number];
    $("sets-said").textContent = sets.said;
    body.replaceChildren(...sets.top.map((set) => {
      const row = make("tr");
      const name = make("td", set.name, { class: "wrap" });
      if (set.similar) {
        const folded = make("details");
        const more = set.similar - set.names.length;
        folded.append(
          make("summary", set.similar > 1 ? `${number(set.similar, 0)} similar sets` : "1 similar set", { class: "quiet" }),
          ...set.names.map((similar) => make("div", similar, { class: "quiet" })),
        );
        if (more > 0) folded.append(make("div", `and ${number(more, 0)} more`, { class: "quiet" }));
        name.append(folded);
      }
      const carrying = make("td", set.hits, { class: "wrap" });
      if (set.edge) {
        const more = set.edge > set.leading.split(", ").length ? ", …" : "";
        carrying.append(make("div", `leading edge, ${number(set.edge, 0)}: ${set.leading}${more}`, { class: "quiet" }));
      }
      row.append(
        name,
        make("td", number(set.size, 0), { class: "n" }),
        make("td", number(set.stat), { class: `n ${set.side}` }),
        make("td", number(set.nes), { class: "n" }),
        make("td", pValue(set.adj), { class: "n" }),
        make("td", `${Math.round(set.up * 100)}%`, { class: "n" }),
        carrying,
      );
      return row;
    }));
  }
}

// Of the genes in the table the keyboard stops at one: rows come as one goes, so stops at all of them would never end.
function keepOneStop() {
  const links = [...$("gene-table").querySelectorAll(".tabulator-row a")];
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

// An effect with its interval on a scale from -scale to +scale; the band is the equivalence margin.
function forest(effect, scale, margin) {
  const { side } = effect;
  const [wide, high, middle] = [180, 18, 9];
  const x = (value) => (Math.max(-scale, Math.min(scale, value)) / scale) * (wide / 2 - 6) + wide / 2;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.setAttribute("aria-hidden", "true");
  const draw = (tag, attributes) => {
    const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    svg.append(part);
  };
  draw("rect", { x: x(-margin), y: 0, width: x(margin) - x(-margin), height: high, fill: "#E4E7EB" });
  draw("line", { x1: x(0), x2: x(0), y1: 0, y2: high, stroke: "#7B8794" });
  if (effect.log2 === null) return svg;
  const colour = side ? COLOURS[side] : COLOURS.soft;
  if (effect.low !== null) draw("line", { x1: x(effect.low), x2: x(effect.high), y1: middle, y2: middle, stroke: colour, "stroke-width": 2 });
  draw("circle", { cx: x(effect.log2), cy: middle, r: 4, fill: side ? colour : "#fff", stroke: colour, "stroke-width": 1.5 });
  return svg;
}

function begin() {
  const meta = JSON.parse($("meta").textContent);
  const store = new Store(meta.blocks, (name) => $(`block-${name}`).textContent);
  return new Page(meta, store).start();
}

if (typeof document !== "undefined") begin();
