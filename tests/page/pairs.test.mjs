// One comparison against others.
import assert from "node:assert/strict";
import test from "node:test";

import { get, held, plain, reference } from "./shared.mjs";

test("two comparisons are counted by outcome and correlated as scipy does", { skip: reference === null && "run by pytest" }, () => {
  const compare = get("compareTwo");
  const [one, other] = [0, 1].map((number) => ({ number, sides: [{ side: "up" }, { side: "down" }], groups: [{ samples: [0, 1, 2] }, { samples: [number + 2, 4] }], measurement: null }));
  for (const { x, y, pearson, spearman, known } of reference.pairs) {
    const genes = held([x, y], [x.map((_, i) => i % 5), y.map((_, i) => (i >> 2) % 4)]);
    const found = compare(genes, one, other);
    assert.equal(found.known, known);
    for (const [name, value] of Object.entries({ pearson, spearman })) assert.ok(Math.abs(found[name] - value) < 1e-12, name);
    const cells = Object.values(plain(found.table)).flatMap((row) => Object.values(row));
    assert.deepEqual(cells.flat().sort((a, b) => a - b), x.map((_, i) => i));
    // Kinds are those of `held`: 2 is up, 3 down.
    const of = (a, b) => x.filter((_, i) => x[i] !== null && y[i] !== null && i % 5 === a && (i >> 2) % 4 === b).length;
    assert.equal(found.same, of(2, 2) + of(3, 3));
    assert.equal(found.opposite, of(2, 3) + of(3, 2));
    assert.match(get("describeTwo")(found, one, other), /4 samples are in both/);
  }
  assert.equal(compare(held([[1, 1, 1], [1, 2, 3]], [[0, 0, 0], [0, 0, 0]]), one, other).pearson, null);
});

test("not means equivalent, or not called, as it was asked", () => {
  const contrasts = [0, 1].map((number) => ({ number }));
  // up, same; up, open; up, down; open, same; up, no estimate.
  const genes = held([[1, 1, 1, 1, 1], [0, 1, -1, 0, null]], [[2, 2, 2, 0, 2], [1, 0, 3, 1, 0]]);
  const [a, b] = contrasts;
  const fit = (...uses) => plain(get("fitting")(genes, uses));
  assert.deepEqual(fit([a, "up"], [b, "same"]), [0]);
  assert.deepEqual(fit([a, "up"], [b, "uncalled"]), [0, 1, 4]);
  assert.deepEqual(fit([a, "changed"], [b, "down"]), [2]);
  assert.deepEqual(fit([a, "any"], [b, "any"]), [0, 1, 2, 3, 4]);
  assert.deepEqual(plain(get("overlaps")(genes, contrasts)), [{ signs: ["up", ""], places: [0, 1, 4] }, { signs: ["up", "down"], places: [2] }]);
});

test("overlaps of any number hold every called gene once", () => {
  const kinds = Array.from({ length: 12 }, (_, c) => Array.from({ length: 300 }, (__, i) => (i * (c + 3) + c) % 5));
  const genes = held(kinds.map((list) => list.map(() => 1)), kinds);
  const found = plain(get("overlaps")(genes, kinds.map((_, number) => ({ number }))));
  const places = found.flatMap((one) => one.places).sort((x, y) => x - y);
  assert.deepEqual(places, Array.from({ length: 300 }, (_, i) => i).filter((i) => kinds.some((list) => list[i] > 1)));
  for (const { signs, places: of } of found) for (const place of of) assert.deepEqual(signs, kinds.map((list) => ["", "", "up", "down", "differs"][list[place]]));
});

test("effects in units of their own have an axis of their own, and others share one", () => {
  const genes = held([[2.3, -0.5, 1], [1.4, 0.2, -3.6], [4.2e-5, -1e-5, 2e-5]], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]);
  const [one, two, slope] = [2, 2, 7].map((digits, number) => ({ number, digits, title: "t", effectName: "log2" }));
  const ends = (a, b) => {
    const { xAxis, yAxis, series } = get("pairOption")(genes, a, b, -1, [], String);
    return [xAxis.max, yAxis.max, yAxis.min, series[0].markLine.data.length];
  };
  assert.deepEqual(ends(one, two), [4, 4, -4, 3]);
  assert.deepEqual(ends(one, slope), [3, 5e-5, -5e-5, 2]);
});
