// Numbers as a reader sees them, and the sentences of Python with their numbers in place.
"use strict";

// Beyond so many digits after the point a number is written with a power of ten.
const MOST_DIGITS = 5;

// With how many digits after the point effects are written beside one another: two, and where the largest of them is below
// 0.1 so many that it has three that count. Python has the same: autocrine/page/render.py.
function findDigits(...values) {
  const largest = Math.max(0, ...values.filter((value) => value !== null && Number.isFinite(value)).map(Math.abs));
  return largest >= 0.1 || largest === 0 ? 2 : 2 - Math.floor(Math.log10(largest));
}

// Whether effects of a comparison are so small, as per day, that on the scale of others they would all be zero.
const isSmall = ({ digits = 2 }) => digits > 2;

// The end of an axis that holds numbers up to here: a whole number, or one digit that counts.
function roundUp(value) {
  const unit = value > 1 ? 1 : 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(12));
}

// Three digits that count, from 0.001 on without a power of ten.
function writeSmall(value) {
  if (value === 0) return "0";
  return Math.abs(value) < 0.001 ? value.toExponential(2) : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const write = () => (digits <= MOST_DIGITS ? value.toFixed(digits) : writeSmall(value));
  const shown = Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-US") : write();
  return /^-0(\.0*)?$/.test(shown) ? shown.slice(1) : shown.replace(/^-/, "−");
}

function pValue(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value <= 1.01e-300) return "<1e-300";
  return value < 0.001 ? value.toExponential(1) : value.toFixed(3);
}

// 2.5 -> "5.7-fold"; down as well, since the words around it say the direction.
function fold(log2) {
  if (log2 === null) return "–";
  if (!Number.isFinite(log2)) return "any";
  const times = 2 ** Math.abs(log2);
  // Per unit of a measurement a change is often close to 1: as many digits as show it.
  const digits = times >= 10 ? 0 : times >= 1.1 ? 1 : times >= 1.001 || times === 1 ? 3 : 1 - Math.floor(Math.log10(times - 1));
  return `${times >= 100 ? Math.round(times).toLocaleString("en-US") : times.toFixed(digits)}-fold`;
}

// A sentence of autocrine/page/gene_words.py: text, and places for fold changes of the numbers of an effect; then what else
// is said of a panel gene.
function describeEffect(effect) {
  const said = effect.said.map((part) => (typeof part === "string" ? part : fold(effect[part.fold] * part.times))).join("");
  return effect.also ? `${said} ${effect.also}` : said;
}

// The sentence of a gene for a paper, as Python packed it (see autocrine/page/citations.py), with its numbers in place.
// contrast.cited: what is before and after it; contrast.digits: those of its effects.
function cite(effect, gene, contrast) {
  const write = (part) => {
    if (typeof part === "string") return part;
    if (part.where) return effect[part.where] === null ? "" : part.then.map(write).join("");
    if (part.fold) return fold(effect[part.fold] * part.times);
    if (part.number) return number(effect[part.number], contrast.digits);
    if (part.p) return pValue(effect[part.p]);
    return part.value === "gene" ? gene : effect[part.value];
  };
  return [contrast.cited.before, ...effect.cited.map(write), effect.also ? ` ${effect.also}` : "", contrast.cited.after].join("");
}

// In how many cells a gene is seen at equal depth, by group: mean and range over samples; nothing where that is not known.
function describeShares(groups) {
  const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
  const texts = groups.filter(([, shares]) => shares.length).map(([name, shares]) => {
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const range = shares.length > 1 ? `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} in ${shares.length} samples` : "one sample";
    return `${percent(mean)} of the cells of ${name} (${range})`;
  });
  return texts.length ? `Seen at equal depth in ${texts.join(", ")}.` : "";
}
