// Numbers and outcomes as a reader is told them.
"use strict";

const OUTCOMES = ["changed", "equivalent", "small_change", "undetermined"];
const OUTCOME_NAMES = {
  changed: "changed",
  equivalent: "equivalent",
  small_change: "small change",
  undetermined: "undetermined",
};

function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const shown = Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toFixed(digits);
  return /^-0(\.0*)?$/.test(shown) ? shown.slice(1) : shown.replace("-", "−");
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
  // Per unit of a measurement a change is often close to 1.
  const digits = times >= 10 ? 0 : times >= 1.1 ? 1 : 3;
  return `${times >= 100 ? Math.round(times).toLocaleString("en-US") : times.toFixed(digits)}-fold`;
}

// What one comparison says of one gene, in a sentence; effect: see Genes.effect in genes.js.
// margin: the configuration's; that of a measurement holds over a span of it (contrast.marginPer).
function sentence(effect, contrast, margin, alpha) {
  const said = outcomeSentence(effect, contrast, margin, alpha);
  // It has an outcome all the same, so nothing else would tell.
  const doubt = effect.status === "not converged" && effect.log2 !== null ? ` But ${effect.reason}.` : "";
  return `${said}${doubt}${effect.also ? ` ${effect.also}` : ""}`;
}

function outcomeSentence(effect, contrast, margin, alpha) {
  const { form, higher } = contrast;
  if (effect.log2 === null) return `No estimate: ${effect.reason || effect.status}.`;
  const per = { any_difference: " between the highest and the lowest", trend: " per step", per_unit: ` per ${contrast.measurement?.unit}` }[form] ?? "";
  const up = effect.log2 > 0;
  const where = {
    any_difference: "It differs among the groups",
    difference: `The first change lies ${up ? "above" : "below"} the second`,
    trend: `It ${up ? "rises" : "falls"} towards ${higher}`,
    per_unit: `It ${up ? "rises" : "falls"} with ${contrast.measurement?.column}`,
  }[form] ?? `${up ? "Higher" : "Lower"} in ${higher}`;
  const within = `${fold(margin)}${contrast.marginPer ? ` ${contrast.marginPer}` : ""}`;
  const steps = form === "trend" && effect.steps ? `, ${effect.steps}` : "";
  if (effect.outcome === "changed") return `${where}, ${form === "trend" ? "on average " : ""}${fold(effect.log2)}${per}${overRange(effect, contrast)}${steps}.`;
  if (effect.outcome === "small_change") return `${where}${steps}, but surely by less than ${within}.`;
  if (effect.outcome === "equivalent" && form === "difference") return `The two changes are as good as the same: they differ by less than ${within}.`;
  if (effect.outcome === "equivalent") return `As good as unchanged: any change is smaller than ${within}.`;
  const seen = couldBeSeen(effect, per, alpha);
  if (effect.p === null) return `Not tested: ${effect.reason || effect.status}.${seen}`;
  if (effect.adj === null) return `Not judged: ${effect.reason || effect.status}.`;
  return `Undetermined: neither a ${form === "difference" ? "difference of the changes" : "change"} nor its absence is shown.${seen}`;
}

// A small effect per unit may be a large one over all that was measured.
function overRange(effect, { form, measurement }) {
  if (form !== "per_unit") return "";
  const ends = [measurement.lowest, measurement.highest].map((value) => number(value, Number.isInteger(value) ? 0 : 2));
  return ` (${fold(effect.log2 * measurement.range)} from ${ends[0]} to ${ends[1]})`;
}

// What these samples could have shown of a gene that is undetermined.
function couldBeSeen(effect, per, alpha) {
  const seen = effect.detectable;
  if (seen === null) return "";
  if (!Number.isFinite(seen)) return " These samples could not have shown any change of this gene.";
  if (Math.abs(effect.log2) < seen) return ` A single test would probably have found a change of ${fold(seen)}${per}.`;
  if (effect.p < alpha) return " Seen alone it would count; among all that were tested it may be chance.";
  return " Even seen alone it could be chance.";
}
