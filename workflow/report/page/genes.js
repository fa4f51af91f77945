// What the page knows of its genes: one object over all compressed columns.
"use strict";

class Genes {
  // meta: the page's description; store: see data.js.
  constructor(meta, store) {
    this.meta = meta;
    this.store = store;
    this.columns = new Map();
    this.panel = new Map(meta.panel.map((gene) => [gene.place, gene]));
    this.count = meta.genes;
  }

  async loadNames() {
    this.names = await this.store.get("names");
  }

  // Unpack the columns of one comparison.
  async load(contrast) {
    if (this.columns.has(contrast.number)) return;
    const wanted = { log2: "log2", se: "se", p: "p", adj: "adj", detectable: "detectable", code: "code" };
    const parts = await Promise.all(Object.values(wanted).map((name) => this.store.get(`c${contrast.number}.${name}`)));
    const mean = await this.store.get(`m${contrast.modelNumber}.mean`);
    this.columns.set(contrast.number, { ...Object.fromEntries(Object.keys(wanted).map((key, i) => [key, parts[i]])), mean });
  }

  async loadLevels() {
    this.level = await this.store.get("level");
  }

  symbol(place) {
    return this.names.names[place] || this.names.ids[place];
  }

  // Levels of one gene in all samples, log2 of normalised counts per million plus one.
  levels(place) {
    const wide = this.meta.samples.length;
    return Array.from({ length: wide }, (_, sample) => this.level.at(place * wide + sample) ?? 0);
  }

  // All that a comparison says of a gene. Panel genes are judged in the panel's own families of tests.
  effect(contrast, place) {
    const held = this.columns.get(contrast.number);
    const code = held.code.at(place);
    const judged = this.panel.get(place)?.judged?.[contrast.number];
    const log2 = held.log2.at(place);
    const se = held.se.at(place);
    return {
      log2,
      low: se === null ? null : log2 - contrast.quantile * se,
      high: se === null ? null : log2 + contrast.quantile * se,
      p: judged ? judged.p : held.p.at(place),
      adj: judged ? judged.adj : held.adj.at(place),
      genomeWide: held.adj.at(place),
      family: judged ? judged.family : "all genes (Benjamini-Hochberg)",
      detectable: held.detectable.at(place),
      mean: held.mean.at(place),
      outcome: judged ? judged.outcome : OUTCOMES[Math.floor(code / 16) % 16],
      genomeWideOutcome: OUTCOMES[Math.floor(code / 16) % 16],
      also: judged ? judged.also : "",
      steps: judged ? judged.steps : this.meta.steps[Math.floor(code / 256)],
      status: this.meta.statuses[code % 16].words,
      reason: this.meta.statuses[code % 16].reason,
    };
  }

  // What a plot needs of it, with as little work as possible; null where there is no estimate.
  point(contrast, place) {
    const held = this.columns.get(contrast.number);
    const log2 = held.log2.at(place);
    if (log2 === null) return null;
    const adj = held.adj.at(place);
    const judged = this.panel.get(place)?.judged?.[contrast.number];
    const called = judged ? ["changed", "small_change"].includes(judged.outcome) : adj !== null && adj < this.meta.alpha;
    const up = log2 > 0 || contrast.form === "any_difference";
    return { log2, p: held.p.at(place), mean: held.mean.at(place), kind: called ? (up ? "up" : "down") : "neutral", panel: this.panel.get(place)?.tier ?? "" };
  }

  // The role of a panel gene, and what the genome-wide list makes of it where its own family says something else.
  inPanel(place, effect) {
    const gene = this.panel.get(place);
    return gene ? [gene.role, effect.also].filter(Boolean).join(". ") : "";
  }

  // Rows of the table of a comparison; genes without any estimate stand there with their reason.
  rows(contrast) {
    return Array.from({ length: this.count }, (_, place) => {
      const found = this.effect(contrast, place);
      return {
        place,
        gene: this.symbol(place),
        id: this.names.ids[place],
        mean: found.mean,
        log2: found.log2,
        low: found.low,
        high: found.high,
        p: found.p,
        adj: found.adj,
        detectable: found.detectable,
        outcome: found.adj === null && found.outcome === "undetermined" ? found.status : OUTCOME_NAMES[found.outcome],
        panel: this.inPanel(place, found),
      };
    });
  }
}
