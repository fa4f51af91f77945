// The living page: the view, its address, and the parts that draw it.
"use strict";

class Page {
  constructor(meta, store) {
    this.meta = meta;
    this.genes = new Genes(meta, store);
    this.contrasts = meta.contrasts.map((contrast, number) => ({ ...contrast, number }));
  }

  get contrast() {
    return this.contrasts[this.view.contrast];
  }

  // Names are sorted in when they are first asked for: a page that is only read needs none.
  get search() {
    this.index ??= new Search(this.genes.names, this.genes.panelGenes.map((gene) => gene.place));
    return this.index;
  }

  async start() {
    this.dossier = new Dossier(this);
    await Promise.all([this.genes.loadNames(), this.dossier.loadSheet()]);
    this.columns = [...this.dossier.sheet.keys()];
    this.atlas = new Atlas(this.genes.store, this.dossier.sheet, this.meta.samples);
    await this.atlas.load();
    this.samples = this.meta.samples.map((sample) => sample.name);
    this.maps = this.atlas.maps.map((map) => map.name);
    this.measures = [...this.atlas.columns.keys()];
    const first = this.genes.panelGenes.find((gene) => gene.place >= 0);
    this.first = firstView(this.meta, first ? first.place : 0);
    this.view = this.first;
    window.addEventListener("resize", letScrollByKeyboard);
    this.folds = nameFolds();
    this.parts = [...this.folds.keys()];
    for (const box of document.querySelectorAll("[data-search]")) listenToSearch(box, this, (place) => this.go({ gene: place }, { target: "gene" }));
    for (const select of document.querySelectorAll("[data-contrasts]")) {
      this.contrasts.forEach((contrast, number) => select.append(make("option", `${contrast.modelTitle}: ${contrast.title}`, { value: number })));
      select.addEventListener("change", () => this.go({ contrast: Number(select.value) }));
    }
    document.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-gene]");
      if (cell && !event.target.closest("a")) this.go({ gene: this.search.place(cell.dataset.gene), contrast: Number(cell.dataset.contrast ?? this.view.contrast) }, { target: "gene" });
    });
    window.addEventListener("hashchange", () => this.follow(true));
    Plot.studio = new Studio(this);
    this.views = VIEWS.filter(([section]) => $(section)).map(([, View]) => new View(this));
    this.views.forEach((part) => this.whenSeen(part));
    // A page that is printed before anyone scrolled shows its gene and comparison as well; what answers a second question is
    // printed where it was asked.
    const printed = () => this.views.filter((part) => part.drawn || ["gene", "contrasts"].includes(part.section.closest("section").id)).forEach((part) => this.refresh(part));
    layOutIdly(() => {
      letScrollByKeyboard();
      whenIdle(() => this.search);
      whenIdle(printed);
    });
    window.addEventListener("beforeprint", printed);
    this.follow(false);
    document.addEventListener("toggle", (event) => this.folded(event.target), true);
    listenToSession(this);
    document.addEventListener("click", (event) => {
      const asked = event.target.closest("[data-copy], [data-save]");
      if (asked?.dataset.copy) copyWords($(asked.dataset.copy), asked);
      if (asked?.dataset.save) saveText($(asked.dataset.save).textContent, "text/plain", asked.dataset.as);
    });
    listenToHeatmap(this);
    document.documentElement.dataset.ready = "yes";
  }

  // A part draws itself when it comes into view; what changes meanwhile waits until it is seen or printed.
  whenSeen(part) {
    part.stale = new Set(part.keys);
    const watch = new IntersectionObserver((seen) => {
      part.visible = seen[seen.length - 1].isIntersecting;
      if (part.visible) this.refresh(part);
    });
    watch.observe(part.section);
  }

  refresh(part) {
    if (!part.stale.size) return;
    const changed = part.stale;
    part.stale = new Set();
    part.drawn = true;
    part.section.closest("section").dataset.drawn = "yes";
    // What draws plots and tables is unpacked when the first of them is seen.
    runLibraries(["echarts", "tabulator"]).then(() => part.draw(changed));
  }

  // Take the view from the address; a link to a section changes none of it.
  follow(scroll) {
    const said = readLink(location.hash);
    if (said === null) {
      const at = location.hash.slice(1);
      if (scroll && at && this.link({ ...this.view, at: "" }) !== this.link(this.first)) this.write({ ...this.view, at }, true);
      return;
    }
    // Back and forward come to an address that the page wrote; there the browser knows where its reader was.
    const known = history.state?.written;
    const { view, messages, scroll: target } = viewOf(said, this.view, this.first, this);
    this.notify(messages.join(" "));
    this.set(view);
    this.write(view, true);
    const section = known ? null : $(target);
    if (section?.closest("main")) {
      // Where the reader is brought to.
      layOut();
      section.querySelector("h2")?.after($("message"));
      // At once: sections that are drawn while a window glides past them grow, and it would end elsewhere.
      section.scrollIntoView({ behavior: "instant" });
    }
  }

  link(view) {
    return writeLink(sayView(view, this.first, this));
  }

  write(view, replace) {
    clearTimeout(this.later);
    const link = this.link(view);
    if (link === location.hash) return;
    history[replace ? "replaceState" : "pushState"]({ written: true }, "", link);
  }

  // Change the view and the address. quiet: no step for the back button, and soon is soon enough; target: scroll there.
  go(change, { target = null, quiet = false } = {}) {
    if (change.gene === -1) return;
    const view = { ...this.view, ...change };
    // A window of one comparison's plots means nothing in another's.
    if (view.contrast !== this.view.contrast && !change.zoom) view.zoom = Object.fromEntries(["pair", "map"].filter((plot) => view.zoom[plot]).map((plot) => [plot, view.zoom[plot]]));
    if (target) view.at = target;
    if (quiet) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.write(this.view, true), 250);
    } else {
      this.write(this.view, true);
      this.write(view, false);
    }
    this.set(view);
    if (!target) return;
    layOut();
    $(target).scrollIntoView();
  }

  set(view) {
    const changed = new Set(Object.keys(view).filter((name) => view[name] !== this.view[name]));
    this.view = view;
    for (const select of document.querySelectorAll("[data-contrasts]")) select.value = String(view.contrast);
    if (changed.has("open")) for (const [name, part] of this.folds) part.open = view.open.includes(name);
    for (const part of this.views) {
      for (const key of part.keys) if (changed.has(key)) part.stale.add(key);
      if (part.visible) this.refresh(part);
    }
  }

  // Several may be unfolded at once, as for printing; each is heard of later, when all are as they are now.
  folded(part) {
    letScrollByKeyboard();
    if (![...this.folds.values()].includes(part)) return;
    const open = [...this.folds].filter(([, one]) => one.open).map(([name]) => name);
    if (String(open) !== String(this.parts.filter((name) => this.view.open.includes(name)))) this.go({ open }, { quiet: true });
  }

  notify(text) {
    $("message").textContent = text;
    $("message").hidden = !text;
  }

  // A word at the edge of the screen, with a link to what it is about.
  notice(text, section = null) {
    const place = $("notice");
    place.replaceChildren(make("span", text));
    if (section) place.append(" ", make("a", "Show", { href: `#${section}` }));
    place.hidden = false;
    clearTimeout(this.noticed);
    this.noticed = setTimeout(() => { place.hidden = true; }, 8000);
  }

  // The address of the view at a section, into the clipboard.
  copy(asked, at) {
    const view = { ...this.view, at };
    this.write(view, true);
    this.view = view;
    const link = `${location.href.split("#")[0]}${this.link(view)}`;
    if (link.length > 8000) this.notice(`This link has ${number(link.length, 0)} characters. Some mail programs cut links so long; a session file holds the same.`, "lists");
    return copyText(link, asked);
  }

  async drawSamples(plot, { colour = null, split = null } = {}) {
    const { genes, meta } = this;
    const contrast = splitGroups(this.contrast, split);
    const place = this.view.gene;
    await genes.loadLevels();
    const option = samplesOption(contrast, genes.levels(place), this.samples, meta.samples.map((s) => s.patient), genes.symbol(place), genes.curve(contrast, place), meta.measure, colour);
    plot.show(
      ringed(option, sampleAt(meta, this.view.sample), this.view.sample),
      `Dot plot of ${genes.symbol(place)} in every sample of: ${contrast.modelTitle}`,
    );
  }

  // The list that is looked at: one of the reader's own, or the panel.
  currentList() {
    const own = this.view.lists.find((list) => list.name === this.view.list);
    if (own) return { ...own, own: true };
    this.panelGenes ??= this.genes.panelGenes.filter((gene) => gene.place >= 0).map((gene) => gene.place);
    return { name: "Panel", genes: this.panelGenes, own: false };
  }

  // A new list, which becomes the current one.
  makeList(name, places) {
    const genes = [...new Set(places)].slice(0, LIMITS.listGenes);
    if (!genes.length) { this.notice("No gene is among them."); return; }
    const held = this.view.lists.reduce((sum, list) => sum + list.genes.length, 0);
    if (this.view.lists.length >= LIMITS.lists || held + genes.length > LIMITS.allGenes) {
      this.notice(`A page holds at most ${LIMITS.lists} lists with ${number(LIMITS.allGenes, 0)} genes together. Delete one first.`, "lists");
      return;
    }
    const list = { name: unusedName(name, this.view.lists), genes };
    this.go({ lists: [...this.view.lists, list], list: list.name });
    const cut = new Set(places).size > genes.length ? `, the first of ${number(new Set(places).size, 0)}` : "";
    this.notice(`List “${list.name}”: ${number(genes.length, 0)} gene${genes.length > 1 ? "s" : ""}${cut}.`, "lists");
  }
}

// What can be unfolded, by section and place in it: names that hold in every copy of the page.
function nameFolds() {
  const folds = new Map();
  for (const section of document.querySelectorAll("main > section[id]")) {
    section.querySelectorAll("details:not(.cite)").forEach((part, place) => folds.set(`${section.id}.${place}`, part));
  }
  return folds;
}

async function begin() {
  listenToPrinting();
  listenToJumps();
  listenToScheme($("scheme"));
  const store = new Store(JSON.parse($("forms").textContent), (name) => $(`block-${name}`).textContent);
  const meta = await store.get("meta");
  await new Page(meta, store).start();
  return showPictures(document.querySelectorAll("img[data-packed]"));
}

// The views by the section that they fill; a cohort of one comparison has no pair of them.
const VIEWS = [["gene", GeneView], ["contrasts", ContrastView], ["contrasts", PValuesView], ["contrasts", GeneTable], ["contrasts", SetsView], ["pair", PairView], ["overlap", OverlapView], ["lists", ListView], ["sample-map", QualityView], ["what-if", WhatIfView]];

if (typeof document !== "undefined") begin();
