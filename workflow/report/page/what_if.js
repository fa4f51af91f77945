// The panel in a fit with one thing changed: what autocrine/page/what_if.py packed.
"use strict";

const KINDS_OF_FITS = {
  donor: "One donor left out", without: "A covariate fewer", with: "A covariate more", unwanted: "Factors of unwanted variation",
  normalisation: "Another normalisation", filter: "Another filter", cells: "Other counts of cells", sample: "One sample left out",
};

class WhatIf {
  constructor(store, dossier) {
    Object.assign(this, { store, dossier, held: new Map() });
  }

  async load(contrast) {
    await this.dossier.load();
    this.blocks ??= await Promise.all(["outcomes", "verdicts"].map((name) => this.store.get(name)));
    if (this.held.has(contrast.number)) return;
    const names = ["o", "h", "w"].map((letter) => `${letter}${contrast.number}`);
    this.held.set(contrast.number, await Promise.all(names.map((name) => (this.store.has(name) ? this.store.get(name) : null))));
  }

  // The fits of a comparison: [{ variant, kind }]; a sample that is the only one of its donor is left out as that donor.
  fits(contrast) {
    const [outcomes] = this.blocks;
    const { fits } = this.dossier.changes[contrast.number];
    return [...fits, ...outcomes.comparisons[contrast.number].samples.map((sample) => ({ variant: `without sample ${sample}`, kind: "sample", sample }))];
  }

  // Every panel gene in the main fit and in another: [{ place, log2, low, high, before, after, moved, other }]; effects: of the
  // main fit, by place.
  genes(contrast, variant, effects) {
    const [{ names, comparisons }] = this.blocks;
    const { genes, fits } = this.dossier.changes[contrast.number];
    const [outcomes, reaches, without] = this.held.get(contrast.number);
    const fit = fits.findIndex((one) => one.variant === variant);
    const { samples } = comparisons[contrast.number];
    const sample = samples.findIndex((one) => `without sample ${one}` === variant);
    if (fit < 0 && sample < 0) return [];
    const named = (code) => (code === null ? "" : names[Math.round(code)]);
    return genes.map((place, row) => {
      const delta = fit >= 0 ? this.dossier.deltas[contrast.number].at(row * fits.length + fit) : without.at(row * samples.length + sample);
      const log2 = effects(place);
      if (delta === null || log2 === null) return null;
      const reach = fit >= 0 ? reaches.at(row * fits.length + fit) : null;
      const before = named(outcomes.at(row * (fits.length + 1)));
      const after = fit >= 0 ? named(outcomes.at(row * (fits.length + 1) + 1 + fit)) : "";
      const now = log2 + delta;
      return { place, log2, now, low: reach === null ? null : now - reach, high: reach === null ? null : now + reach, before, after, moved: delta, other: after !== "" && after !== before };
    }).filter(Boolean);
  }

  // What becomes of verdicts: { same, other, none }; null where no claim has a verdict in that model, or of a single sample.
  verdicts(contrast, variant) {
    return this.blocks[1][contrast.model]?.[variant] ?? null;
  }
}

// The genes that a reader looks at first; primary(place): whether it is a primary gene.
function orderMoved(genes, primary) {
  const rank = (gene) => (primary(gene.place) ? 0 : gene.other ? 1 : 2);
  return [...genes].sort((one, other) => rank(one) - rank(other) || Math.abs(other.moved) - Math.abs(one.moved));
}

// Effects in the main fit against those in another, with a line for what moved to another outcome, primary and chosen genes.
function movedOption(genes, contrast, variant, primary, chosen, name) {
  const marked = genes.filter((gene) => gene.other || primary(gene.place) || gene.place === chosen);
  const reach = roundUp(1.05 * genes.reduce((most, gene) => Math.max(most, Math.abs(gene.log2), Math.abs(gene.now)), isSmall(contrast) ? 0 : 1) || 1);
  const points = (held) => held.map((gene) => [gene.log2, gene.now, gene.place]);
  const label = { show: true, formatter: (hit) => name(hit.value[2]), position: "right", fontSize: 11, color: COLOURS.ink, ...HALO };
  return {
    ...LOOK,
    grid: { left: 56, right: 46, top: 58, bottom: 46 },
    legend: { top: 2, left: 48, itemHeight: 9, itemWidth: 9, textStyle: { color: COLOURS.ink }, data: ["same outcome", "another outcome", "primary gene", "chosen gene"] },
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: (hit) => (hit.seriesType === "scatter" ? `${name(hit.value[2])}\nmain fit ${number(hit.value[0], contrast.digits)}\n${variant} ${number(hit.value[1], contrast.digits)}` : "") },
    xAxis: axis("log2 fold change, main fit", { min: -reach, max: reach }),
    yAxis: axis(variant, { min: -reach, max: reach, nameGap: 34 }),
    series: [
      { ...cloud("same outcome", points(genes.filter((gene) => !gene.other)), "#5B7083", 6), markLine: dashed([[{ coord: [-reach, -reach] }, { coord: [reach, reach] }]]) },
      { ...cloud("another outcome", points(genes.filter((gene) => gene.other)), "#882255", 9, { symbol: "diamond" }), label, labelLayout: { hideOverlap: true }, z: 4 },
      { ...cloud("primary gene", points(genes.filter((gene) => primary(gene.place) && gene.place !== chosen)), "transparent", 11, { itemStyle: { color: "transparent", borderColor: COLOURS.ink, borderWidth: 1.6 } }), label, labelLayout: { hideOverlap: true }, z: 5 },
      { ...cloud("chosen gene", points(genes.filter((gene) => gene.place === chosen)), COLOURS.ink, 12, { symbol: "diamond" }), label: { ...label, fontWeight: "bold" }, z: 6 },
      { name: "moves", type: "lines", coordinateSystem: "cartesian2d", polyline: true, silent: true, z: 3, lineStyle: { color: COLOURS.ink, width: 1, opacity: 0.6 }, data: marked.map((gene) => ({ coords: [[gene.log2, gene.log2], [gene.log2, gene.now]] })) },
    ],
  };
}
