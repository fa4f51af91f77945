// What changed fits make of an effect.
import assert from "node:assert/strict";
import test from "node:test";

import { get, plain } from "./shared.mjs";

test("what changed fits make of an effect is described by its smallest and largest value, donors apart from the rest", () => {
  const fits = [{ variant: "without P1", kind: "donor", log2: 1 }, { variant: "with age", kind: "with", log2: -0.5 }, { variant: "without P2", kind: "donor", log2: 0.25 }];
  assert.equal(get("describeChanges")(fits), "One donor left out: 0.25 (without P2) to 1.00 (without P1). One other thing changed: −0.50 (with age).");
  assert.equal(get("describeChanges")(fits.slice(1, 2), 4), "One other thing changed: −0.5000 (with age).");
  assert.equal(get("describeChanges")([]), "");
});

test("changed effects are the main effect and the difference that travelled", () => {
  const dossier = new (get("Dossier"))(null);
  dossier.changes = [{ genes: [7, 9], fits: [{ variant: "a", kind: "donor" }, { variant: "b", kind: "with" }] }, { genes: [], fits: [] }];
  dossier.deltas = [{ at: (place) => [0.1, null, -0.5, 0.5][place] }, null];
  assert.deepEqual(plain(dossier.changed({ number: 0 }, 9, 2)), [{ variant: "a", kind: "donor", log2: 1.5 }, { variant: "b", kind: "with", log2: 2.5 }]);
  assert.deepEqual(plain(dossier.changed({ number: 0 }, 7, 1)), [{ variant: "a", kind: "donor", log2: 1.1 }]);
  for (const [number, place, log2] of [[0, 8, 1], [1, 7, 1], [0, 7, null]]) assert.deepEqual(plain(dossier.changed({ number }, place, log2)), []);
});

test("panel genes move to a changed fit, by the outcomes that Python decided", () => {
  const WhatIf = get("WhatIf");
  const column = (values) => ({ at: (place) => values[place] });
  const dossier = { changes: [{ genes: [7, 3], fits: [{ variant: "without P1", kind: "donor" }, { variant: "with age", kind: "with" }] }], deltas: [column([-0.5, 0.25, null, 1])] };
  const what = new WhatIf(null, dossier);
  what.blocks = [{ names: ["changed", "equivalent"], comparisons: [{ samples: ["<s>"] }] }, { m: { "with age": { other: [] } } }];
  what.held.set(0, [column([0, 1, 0, 1, null, 1]), column([1, 2, null, 0.5]), column([0.1, null])]);
  const contrast = { number: 0, model: "m" };
  assert.deepEqual(plain(what.fits(contrast)).map((fit) => fit.variant), ["without P1", "with age", "without sample <s>"]);
  const effects = (place) => (place === 7 ? 2 : 1);
  assert.deepEqual(plain(what.genes(contrast, "without P1", effects)), [{ place: 7, log2: 2, now: 1.5, low: 0.5, high: 2.5, before: "changed", after: "equivalent", moved: -0.5, other: true }]);
  assert.deepEqual(plain(what.genes(contrast, "with age", effects)).map((gene) => [gene.place, gene.now, gene.other]), [[7, 2.25, false], [3, 2, false]]);
  // Without a sample there is an effect and nothing else.
  assert.deepEqual(plain(what.genes(contrast, "without sample <s>", effects)), [{ place: 7, log2: 2, now: 2.1, low: null, high: null, before: "changed", after: "", moved: 0.1, other: false }]);
  assert.deepEqual(plain(what.genes(contrast, "without P9", effects)), []);
  assert.equal(what.verdicts(contrast, "without P1"), null);
  const order = get("orderMoved")([{ place: 1, moved: 3 }, { place: 2, moved: 0 }, { place: 3, moved: 0.1, other: true }, { place: 4, moved: -4 }], (place) => place === 2);
  assert.deepEqual(plain(order.map((gene) => gene.place)), [2, 3, 4, 1]);
});

test("the plot of changed effects reaches as far as they do, also per unit of a wide measurement", () => {
  const option = (genes, digits) => get("movedOption")(genes, { digits }, "with age", () => false, -1, String);
  const gene = (log2, now) => ({ place: 1, log2, now, moved: now - log2, other: false });
  assert.equal(option([gene(4.1e-5, 2.2e-5), gene(-1e-5, 1e-5)], 7).xAxis.max, 5e-5);
  assert.equal(option([gene(0.2, 0.1)], 2).xAxis.max, 2);
  assert.equal(option([gene(2.6, -3)], 2).yAxis.min, -4);
  assert.equal(option([], 4).xAxis.max, 1);
});
