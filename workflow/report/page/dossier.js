// What is beside the effects of one gene: fits with one thing changed, its sets, its claims, and columns of the sheet.
"use strict";

class Dossier {
  constructor(page) {
    this.page = page;
  }

  // The columns of the sheet, by which samples can be coloured.
  async loadSheet() {
    const sheet = await this.page.genes.store.get("sheet");
    this.sheet = new Map(sheet.map((column) => [column.name, column]));
  }

  // Everything else, which nothing needs before a gene or a list is looked at.
  load() {
    this.loading ??= this.unpack();
    return this.loading;
  }

  async unpack() {
    const { store } = this.page.genes;
    const [changes, members] = await Promise.all(["changes", "members"].map((name) => store.get(name)));
    this.deltas = await Promise.all(changes.map((one, number) => (one.fits.length ? store.get(`v${number}`) : null)));
    this.changes = changes;
    this.sets = members.map(({ file, name, genes }) => ({ file, name, genes: summed(genes) }));
  }

  // Effects of a gene in every fit with one thing changed: [{ variant, kind, log2 }]; none for a gene outside the panel.
  changed(contrast, place, log2) {
    const { genes, fits } = this.changes[contrast.number];
    const row = genes.indexOf(place);
    if (row < 0 || log2 === null) return [];
    return fits.map((fit, i) => ({ ...fit, delta: this.deltas[contrast.number].at(row * fits.length + i) }))
      .filter((fit) => fit.delta !== null).map(({ delta, ...fit }) => ({ ...fit, log2: log2 + delta }));
  }

  setsOf(place) {
    return this.sets.filter((set) => set.genes.includes(place));
  }
}

function summed(steps) {
  let place = 0;
  return steps.map((step) => { place += step; return place; });
}

// What the changed fits make of an effect, in words.
function describeChanges(fits, digits) {
  const donors = fits.filter((fit) => fit.kind === "donor").sort((one, other) => one.log2 - other.log2);
  const others = fits.filter((fit) => fit.kind !== "donor").sort((one, other) => one.log2 - other.log2);
  const range = (held) => {
    const [low, high] = [held[0], held[held.length - 1]];
    const said = (fit) => `${number(fit.log2, digits)} (${fit.variant})`;
    return held.length > 1 ? `${said(low)} to ${said(high)}` : said(low);
  };
  return [donors.length && `One donor left out: ${range(donors)}.`, others.length && `One other thing changed: ${range(others)}.`].filter(Boolean).join(" ");
}

// Every group of a comparison in parts by a column: the same shape that `samplesOption` takes.
function splitGroups(contrast, column) {
  if (!column?.levels || contrast.measurement) return contrast;
  const groups = contrast.groups.flatMap((group) => column.levels.map((level, place) => ({
    name: `${group.name}, ${level}`,
    label: `${group.label}\n${level}`,
    samples: group.samples.filter((sample) => column.level[sample] === place),
  })).filter((part) => part.samples.length));
  return { ...contrast, groups };
}

// Dots by the levels of a column, each with a colour and a sign of its own, or by its numbers on a scale. dots: see placeDots.
function colouredSeries(dots, column, empty) {
  const data = (held) => held.map((dot) => ({ value: [dot.x, dot.y, dot.sample, ...(column.numbers ? [column.numbers[dot.sample]] : [])], ...(empty(dot) ? { itemStyle: { color: "#fff", borderWidth: 1.5 } } : {}) }));
  const unknown = dots.filter((dot) => (column.levels ? column.level[dot.sample] < 0 : column.numbers[dot.sample] === null));
  const rest = { name: column.unknown ?? `${column.name} not known`, type: "scatter", symbolSize: 7, symbol: "emptyCircle", itemStyle: { color: "#9AA5B1" }, data: data(unknown), z: 3 };
  if (column.numbers) {
    const known = dots.filter((dot) => column.numbers[dot.sample] !== null);
    return [{ name: column.name, type: "scatter", symbolSize: 9, itemStyle: { borderColor: COLOURS.ink, borderWidth: 0.5 }, data: data(known), z: 3 }, rest];
  }
  return [...column.levels.map((level, place) => ({
    name: level, type: "scatter", symbol: groupSign(place), symbolSize: 9, z: 3,
    itemStyle: { color: groupColour(place), borderColor: groupColour(place) }, data: data(dots.filter((dot) => column.level[dot.sample] === place)),
  })), ...(unknown.length ? [rest] : [])];
}
