// What the page knows of its genes: one object over all compressed columns.
"use strict";

// What a comparison says of a gene, as one of few kinds: no estimate, open, as good as unchanged, higher, lower, different
// without direction.
const KINDS = ["none", "open", "same", "up", "down", "differs"];
const OPEN = KINDS.indexOf("open");
const kindOf = (verdict) => (verdict.side ? KINDS.indexOf(verdict.side) : verdict.outcome === "equivalent" ? KINDS.indexOf("same") : OPEN);

const KIND_WORDS = { up: "higher", down: "lower", differs: "differs", same: "equivalent", open: "undetermined", none: "no estimate" };

class Genes {
  // meta: the page's description; store: see data.js.
  constructor(meta, store) {
    this.meta = meta;
    this.store = store;
    this.columns = new Map();
    this.setPanel([]);
    this.count = meta.genes;
  }

  // Names of all genes, and what is said of those of the panel (see autocrine/page/explorer.py).
  async loadNames() {
    let panel;
    [this.names, panel] = await Promise.all(["names", "panel"].map((name) => this.store.get(name)));
    this.setPanel(panel);
  }

  setPanel(panel) {
    this.panelGenes = panel;
    this.panel = new Map(panel.map((gene) => [gene.place, gene]));
  }

  // Unpack the columns of one comparison.
  async load(contrast) {
    if (this.columns.has(contrast.number)) return;
    const wanted = ["log2", "reach", "p", "adj", "detectable", "verdict", "verdicts"];
    if (contrast.curve.length) wanted.push("curve", "curveReach");
    const parts = await Promise.all(wanted.map((name) => this.store.get(`c${contrast.number}.${name}`)));
    const mean = await this.store.get(`m${contrast.modelNumber}.mean`);
    this.columns.set(contrast.number, { ...Object.fromEntries(wanted.map((name, i) => [name, parts[i]])), mean });
  }

  async loadLevels() {
    [this.level, this.levelBase, this.counted, this.average] = await Promise.all(
      ["level", "levelBase", "counted", "average"].map((name) => this.store.get(name)),
    );
  }

  // Shares of cells with panel genes, where the cohort has single cells.
  async loadShares() {
    if (this.store.has("cellShares")) this.share = await this.store.get("cellShares");
  }

  // The share of cells with a gene in samples that have one; none where the gene is not of the panel.
  shares(place, samples) {
    const row = this.share ? this.panelGenes.findIndex((gene) => gene.place === place) : -1;
    if (row < 0) return [];
    return samples.map((sample) => this.share.at(row * this.meta.samples.length + sample)).filter((share) => share !== null);
  }

  symbol(place) {
    return this.names.names[place] || this.names.ids[place];
  }

  // The kind of every gene (a place in KINDS): the outcome of its verdict, and the side to which it is called.
  kinds(contrast) {
    const held = this.columns.get(contrast.number);
    if (held.kinds) return held.kinds;
    const [log2, verdict] = [held.log2.all(), held.verdict.all()];
    const known = held.verdicts.map(kindOf);
    held.kinds = Uint8Array.from(log2, (effect, place) => (Number.isNaN(effect) ? 0 : known[verdict[place]]));
    for (const [place, gene] of this.panel) {
      const judged = gene.judged?.[contrast.number];
      if (place >= 0 && judged && held.kinds[place]) held.kinds[place] = kindOf(this.meta.verdicts[judged.verdict]);
    }
    return held.kinds;
  }

  // All effects of a comparison in ascending order.
  ordered(contrast) {
    const held = this.columns.get(contrast.number);
    held.ordered ??= held.log2.all().filter((effect) => !Number.isNaN(effect)).sort();
    return held.ordered;
  }

  // Levels of one gene in all samples, in the unit that meta.measure names.
  levels(place) {
    const wide = this.meta.samples.length;
    const base = this.levelBase.at(place);
    return Array.from({ length: wide }, (_, sample) => {
      const beside = this.level.at(place * wide + sample);
      return beside === null ? 0 : base + beside;
    });
  }

  // The curve of a comparison along a measurement: [value, height, reach of its interval to either side]; none for most.
  curve(contrast, place) {
    const { curve, curveReach } = this.columns.get(contrast.number);
    const wide = contrast.curve.length;
    const points = contrast.curve.map((value, i) => [value, curve.at(place * wide + i), curveReach.at(place * wide + i)]);
    return points.every((point) => point[1] !== null) ? points : [];
  }

  // What Python says of a gene, by the panel's own tests where it is judged there.
  verdict(held, judged, place) {
    return judged ? this.meta.verdicts[judged.verdict] : held.verdicts[held.verdict.at(place)];
  }

  // All that a comparison says of a gene. Panel genes are judged in the panel's own families of tests.
  effect(contrast, place) {
    const held = this.columns.get(contrast.number);
    const judged = this.panel.get(place)?.judged?.[contrast.number];
    const { outcome, side, said, cited } = this.verdict(held, judged, place);
    const log2 = held.log2.at(place);
    const reach = held.reach.at(place);
    // As a multiple of the interval's reach.
    const detectable = held.detectable.at(place);
    return {
      log2,
      low: reach === null ? null : log2 - reach,
      high: reach === null ? null : log2 + reach,
      p: judged ? judged.p : held.p.at(place),
      adj: judged ? judged.adj : held.adj.at(place),
      genomeWide: held.adj.at(place),
      family: judged ? judged.family : this.meta.family,
      detectable: detectable === null || reach === null ? null : detectable * reach,
      mean: held.mean.at(place),
      outcome,
      side,
      said,
      cited,
      also: judged ? judged.also : "",
      shrunken: judged?.shrunken ?? null,
    };
  }

  // What a plot needs of a gene; null where there is no estimate.
  point(contrast, place) {
    const held = this.columns.get(contrast.number);
    const log2 = held.log2.all()[place];
    if (Number.isNaN(log2)) return null;
    const p = held.p.all()[place];
    const kind = KINDS[this.kinds(contrast)[place]];
    return {
      log2,
      p: Number.isNaN(p) ? null : p,
      mean: held.mean.at(place),
      side: kind === "up" || kind === "down" || kind === "differs" ? kind : "",
      panel: this.panel.get(place)?.tier ?? "",
    };
  }

  // The role of a panel gene, and what the genome-wide list makes of it where its own family says something else.
  inPanel(place, effect) {
    const gene = this.panel.get(place);
    return gene ? [gene.role, effect.also].filter(Boolean).join(". ") : "";
  }

  // Rows of the table of a comparison; genes without any estimate are there with their reason.
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
        outcome: found.outcome,
        panel: this.inPanel(place, found),
      };
    });
  }
}

// Samples of a comparison, group by group, each once; of a measurement those that have one, by it.
function samplesOf(contrast) {
  if (contrast.measurement) {
    const { values } = contrast.measurement;
    return values.map((_, sample) => sample).filter((sample) => values[sample] !== null).sort((a, b) => values[a] - values[b]);
  }
  return [...new Set(contrast.groups.flatMap((group) => group.samples))];
}
