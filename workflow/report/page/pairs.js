// Comparisons beside one another: two, and any number. What is counted are outcomes that Python judged.
"use strict";

// Rows and columns of the table of two comparisons.
const KINDS_SHOWN = ["up", "down", "differs", "same", "open", "none"];
const isCalled = (kind) => kind === "up" || kind === "down" || kind === "differs";
const OVERLAP_SHOWN = 24;

// Pearson's correlation; null where one of both does not vary.
function correlation(x, y) {
  const n = x.length;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
  }
  return n > 2 && xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}

// Ranks, of equals their mean; less a half, which no correlation sees.
function ranks(values) {
  const ordered = Float64Array.from(values).sort();
  return Float64Array.from(values, (value) => below(ordered, value));
}

// Two comparisons, gene by gene: { table (kind in one -> kind in the other -> places), known (genes with both effects),
// pearson, spearman (of the effects), same, opposite (genes called in both, by direction) }.
function compareTwo(genes, one, other) {
  const [a, b] = [genes.kinds(one), genes.kinds(other)];
  const [x, y] = [genes.columns.get(one.number).log2.all(), genes.columns.get(other.number).log2.all()];
  const table = Object.fromEntries(KINDS_SHOWN.map((kind) => [kind, Object.fromEntries(KINDS_SHOWN.map((held) => [held, []]))]));
  const both = [[], []];
  for (let place = 0; place < genes.count; place += 1) {
    table[KINDS[a[place]]][KINDS[b[place]]].push(place);
    if (!Number.isNaN(x[place]) && !Number.isNaN(y[place])) {
      both[0].push(x[place]);
      both[1].push(y[place]);
    }
  }
  return {
    table,
    known: both[0].length,
    pearson: correlation(...both),
    spearman: correlation(...both.map(ranks)),
    same: table.up.up.length + table.down.down.length,
    opposite: table.up.down.length + table.down.up.length,
  };
}

// Samples that are in both comparisons.
function sharedSamples(one, other) {
  const held = new Set(samplesOf(one));
  return samplesOf(other).filter((sample) => held.has(sample)).length;
}

// What two comparisons have to do with one another, in words.
function describeTwo(found, one, other) {
  const count = (list) => list.reduce((sum, held) => sum + held.length, 0);
  const called = (kinds) => count(KINDS_SHOWN.filter(isCalled).flatMap(kinds));
  const inOne = called((kind) => Object.values(found.table[kind]));
  const inOther = called((kind) => KINDS_SHOWN.map((held) => found.table[held][kind]));
  const inBoth = called((kind) => KINDS_SHOWN.filter(isCalled).map((held) => found.table[kind][held]));
  const undirected = [one, other].some((contrast) => contrast.sides.every((side) => side.side === "differs"));
  const r = (value) => (value === null ? "–" : number(value));
  const shared = sharedSamples(one, other);
  return [
    `Of ${number(inOne, 0)} genes called in the first and ${number(inOther, 0)} in the second, ${number(inBoth, 0)} are called in both${undirected ? "." : `: ${number(found.same, 0)} to the same side, ${number(found.opposite, 0)} to opposite sides.`}`,
    undirected
      ? "Effects of a comparison without direction are never below zero, so no correlation with them is given."
      : `The effects of ${number(found.known, 0)} genes correlate with ${r(found.pearson)} (Pearson) and ${r(found.spearman)} (Spearman); error draws both towards zero.`,
    shared ? `${number(shared, 0)} samples are in both comparisons, so the errors of the two depend on each other: this explains part of their agreement or disagreement.` : "No sample is in both comparisons.",
    "A gene that is called in one only need not differ between them: only a comparison of the two changes can show that.",
  ].join(" ");
}

// Whether a kind is what is asked of a comparison. "same" is shown equivalence; "uncalled" may be a change that was not seen.
const FITS = {
  any: () => true,
  up: (kind) => kind === "up",
  down: (kind) => kind === "down",
  changed: isCalled,
  same: (kind) => kind === "same",
  uncalled: (kind) => !isCalled(kind),
};

// Genes that fit all that is asked: uses are [comparison, what is asked].
function fitting(genes, uses) {
  const asked = uses.map(([contrast, what]) => [genes.kinds(contrast), KINDS.map((kind) => FITS[what](kind))]);
  const places = [];
  for (let place = 0; place < genes.count; place += 1) if (asked.every(([kinds, fits]) => fits[kinds[place]])) places.push(place);
  return places;
}

// Which genes are called in which of some comparisons, and to which side: [{ signs, places }], the largest first; genes that
// none calls are left out. signs: per comparison a kind, "" where it does not call.
function overlaps(genes, contrasts) {
  const kinds = contrasts.map((contrast) => genes.kinds(contrast));
  const sign = KINDS.map((kind) => (isCalled(kind) ? ["up", "down", "differs"].indexOf(kind) + 1 : 0));
  const held = new Map();
  for (let place = 0; place < genes.count; place += 1) {
    let key = 0;
    for (const kind of kinds) key = key * 4 + sign[kind[place]];
    if (!key) continue;
    const places = held.get(key);
    if (places) places.push(place); else held.set(key, [place]);
  }
  const signs = (key) => contrasts.map((_, i) => ["", "up", "down", "differs"][Math.floor(key / 4 ** (contrasts.length - 1 - i)) % 4]);
  return [...held].map(([key, places]) => ({ signs: signs(key), places })).sort((one, other) => other.places.length - one.places.length);
}
