// Numbers and sentences for a reader.
import assert from "node:assert/strict";
import test from "node:test";

import { get, plain } from "./shared.mjs";

test("numbers, p-values and folds are written for a reader", () => {
  const [number, pValue, fold] = [get("number"), get("pValue"), get("fold")];
  assert.equal(number(null), "–");
  assert.equal(number(-0.0004), "0.00");
  assert.equal(number(-1.5), "−1.50");
  assert.equal(number(12345.6), "12,346");
  assert.equal(number(Infinity), "∞");
  assert.equal(pValue(0), "<1e-300");
  assert.equal(pValue(0.0451), "0.045");
  assert.equal(pValue(1.23e-8), "1.2e-8");
  assert.equal(fold(1), "2.0-fold");
  assert.equal(fold(-4), "16-fold");
  assert.equal(fold(0.07), "1.050-fold");
  assert.deepEqual([0, 4.2e-5, 1e-3].map(fold), ["1.000-fold", "1.000029-fold", "1.00069-fold"]);
});

test("small effects keep three digits beside one another, as in Python", () => {
  const [number, findDigits] = [get("number"), get("findDigits")];
  const write = (...values) => values.map((value) => number(value, findDigits(...values)));
  assert.deepEqual(write(0.0146, -0.013, 0.0421), ["0.0146", "−0.0130", "0.0421"]);
  assert.deepEqual(write(0.5, -0.02, 1.02), ["0.50", "−0.02", "1.02"]);
  assert.deepEqual(write(4.228e-5, -3.287e-6, null), ["4.23e-5", "−3.29e-6", "–"]);
  assert.deepEqual(write(0.0012, 0), ["0.00120", "0.00000"]);
  assert.deepEqual(write(1e-4, 0, Infinity), ["1.00e-4", "0", "∞"]);
  assert.deepEqual([-0.00245, 12.3456].map((value) => number(value, 6)), ["−0.00245", "12.3"]);
  assert.deepEqual(write(0, NaN), ["0.00", "–"]);
});

test("a sentence of Python gets its fold changes", () => {
  const said = ["Lower in b < a, ", { fold: "log2", times: 1 }, " (", { fold: "log2", times: 4 }, "). ", { fold: "detectable", times: 1 }];
  assert.equal(get("describeEffect")({ said, log2: -1.1, detectable: 0.5 }), "Lower in b < a, 2.1-fold (21-fold). 1.4-fold");
  assert.equal(get("describeEffect")({ said: ["No estimate: {log2}."], log2: null }), "No estimate: {log2}.");
});

test("the sentence for a paper is that of Python with the numbers in place", () => {
  const cited = [
    { value: "gene" }, ": higher, ", { fold: "log2", times: 1 }, " (", { where: "log2", then: ["log2 ", { number: "log2" }] },
    { where: "low", then: [", ", { number: "low" }, " to ", { number: "high" }] }, { where: "adj", then: ["; p ", { p: "adj" }, ", ", { value: "family" }] }, ").",
  ];
  const contrast = { cited: { before: "Cells (3 against 3). ", after: " Caveat: <b>." } };
  const effect = { cited, log2: 1, low: 0.5, high: 1.5, adj: 2.1e-5, family: "primary (Holm)", also: "One sample." };
  assert.equal(get("cite")(effect, "A<b>", contrast), "Cells (3 against 3). A<b>: higher, 2.0-fold (log2 1.00, 0.50 to 1.50; p 2.1e-5, primary (Holm)). One sample. Caveat: <b>.");
  const slope = get("cite")({ ...effect, log2: 0.0146, low: -0.013, high: 0.0421 }, "A", { ...contrast, digits: 4 });
  assert.ok(slope.includes("log2 0.0146, −0.0130 to 0.0421"), slope);
  assert.equal(get("cite")({ ...effect, low: null, adj: null, also: "" }, "A", contrast), "Cells (3 against 3). A: higher, 2.0-fold (log2 1.00). Caveat: <b>.");
});

test("what is said of a gene is looked up: its place among the verdicts, or that of the panel", () => {
  const column = (...values) => ({ at: (place) => values[place], all: () => Float64Array.from(values, (value) => value ?? NaN) });
  const judged = { p: 0.2, adj: 0.9, family: "panel", verdict: 1, also: "Note." };
  const verdicts = [{ outcome: "changed", side: "up", said: ["more"] }, { outcome: "equivalent", side: "", said: ["same"] }];
  const genes = new (get("Genes"))({ genes: 2, family: "all", verdicts }, null);
  genes.setPanel([{ place: 1, role: "ligand", tier: "primary", judged: [judged] }]);
  genes.names = { ids: ["E1", "E2"], names: ["A", "B"] };
  genes.columns.set(0, {
    log2: column(-2, 3), reach: column(1, null), p: column(0.01, 0.001), adj: column(0.9, 0.002),
    detectable: column(1.5, 1), mean: column(5, 5), verdict: column(1, 0),
    verdicts: [{ outcome: "undetermined", side: "", said: ["?"] }, { outcome: "changed", side: "down", said: ["lower"] }],
  });
  // Nothing is decided here: an adjusted p-value of 0.9 is called where Python says so.
  const first = plain(genes.effect({ number: 0 }, 0));
  assert.deepEqual([first.outcome, first.side, first.said, first.family], ["changed", "down", ["lower"], "all"]);
  assert.deepEqual([first.low, first.high], [-3, -1]);
  // The detectable effect comes as a multiple of the interval's reach.
  assert.equal(first.detectable, 1.5);
  assert.equal(genes.point({ number: 0 }, 0).side, "down");
  const second = plain(genes.effect({ number: 0 }, 1));
  assert.deepEqual([second.outcome, second.adj, second.genomeWide, second.low, second.detectable], ["equivalent", 0.9, 0.002, null, null]);
  assert.equal(genes.point({ number: 0 }, 1).side, "");
  assert.equal(get("describeEffect")(second), "same Note.");
  assert.deepEqual(plain(genes.rows({ number: 0 }).map((row) => row.panel)), ["", "ligand. Note."]);
});

test("a level is that of the gene's base and what the sample adds; none is no count", () => {
  const column = (...values) => ({ at: (place) => values[place] });
  const genes = new (get("Genes"))({ genes: 2, samples: [{}, {}], verdicts: [] }, null);
  Object.assign(genes, { levelBase: column(3, 0), level: column(0.5, null, -0.25, 2) });
  assert.deepEqual([...genes.levels(0)], [3.5, 0]);
  assert.deepEqual([...genes.levels(1)], [-0.25, 2]);
});

test("shares of cells are described by group, and of panel genes only", () => {
  const meta = { genes: 3, samples: [{}, {}, {}] };
  const genes = new (get("Genes"))(meta, null);
  genes.setPanel([{ place: -1 }, { place: 2 }]);
  assert.deepEqual(plain(genes.shares(2, [0, 1])), []);
  genes.share = { at: (place) => [null, null, null, 0.04, null, 0.5][place] };
  assert.deepEqual(plain(genes.shares(2, [0, 1, 2])), [0.04, 0.5]);
  assert.deepEqual(plain(genes.shares(1, [0, 1, 2])), []);
  const sentence = get("describeShares")([["untreated", [0.04, 0.06]], ["<b>", [0.5]], ["none", []]]);
  assert.equal(sentence, "Seen at equal depth in 5.0% of the cells of untreated (4.0% to 6.0% in 2 samples), 50% of the cells of <b> (one sample).");
  assert.equal(get("describeShares")([["a", []]]), "");
});
