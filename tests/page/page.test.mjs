// The parts of the page that can be tried without a browser. Run with `node --test tests/page`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { load } from "./load.mjs";

const get = load();
const plain = (value) => JSON.parse(JSON.stringify(value));

// What autocrine.page.payload wrote for known numbers; tests/page/test_page_scripts.py makes the file.
const packed = process.env.PACKED ? JSON.parse(readFileSync(process.env.PACKED, "utf-8")) : [];

test("packed numbers come back within half a step", { skip: packed.length === 0 && "run by pytest" }, async () => {
  const Store = get("Store");
  const store = new Store(Object.fromEntries(packed.map((b, i) => [`b${i}`, b.form])), (name) => packed[Number(name.slice(1))].text);
  for (const [number, block] of packed.entries()) {
    const column = await store.get(`b${number}`);
    if (block.form.kind === "json") {
      assert.deepEqual(plain(column), block.values);
      continue;
    }
    assert.equal(column.length, block.values.length);
    block.values.forEach((value, place) => {
      const read = column.at(place);
      if (value === null) assert.equal(read, null);
      else if (value === "inf") assert.equal(read, Infinity);
      else {
        const off = block.form.logarithmic ? Math.abs(Math.log(read / Math.max(value, 1e-300))) : Math.abs(read - value);
        assert.ok(off <= 0.5 / block.form.scale + 1e-9, `${value} came back as ${read}`);
      }
    });
  }
  await assert.rejects(store.get("nothing"), /holds no "nothing"/);
});

const NAMES = {
  ids: ["ENSG00000000001", "ENSG00000000002", "ENSG00000000003", "odd <b>"],
  names: ["BMPR1B", "BMPR1A", "TWIST1", "A&\"B"],
  entrez: ["658", "657", "7291", ""],
  aliases: ["ALK6|CDw293|TWICE", "ALK3", "TWIST|BMPR1B|twice", ""],
};

test("a gene is found by symbol, alias, identifier with or without version, in any case", () => {
  const search = new (get("Search"))(NAMES);
  for (const word of ["BMPR1B", "bmpr1b", " ALK6 ", "658", "ENSG00000000001", "ensg00000000001.7"]) assert.equal(search.place(word), 0, word);
  assert.equal(search.place("TWIST"), 2);
  assert.equal(search.place("odd <b>"), 3);
  assert.equal(search.place("nothing"), -1);
  assert.equal(search.place(""), -1);
});

test("the fusion is found however it is written, and never its parts", () => {
  const names = { ids: ["ENSG1", "ENSG2", "BCR::ABL1"], names: ["BCR", "ABL1", "BCR::ABL1"], entrez: ["613", "25", ""], aliases: ["", "BCR-ABL|BCR/ABL", ""] };
  const search = new (get("Search"))(names);
  for (const word of ["BCR::ABL1", "BCR-ABL", "bcr/abl", "BCRABL1", "BCRABL", "bcr abl", "BCR-ABL1", "BCR_ABL1"]) {
    assert.equal(search.place(word), 2, word);
    assert.deepEqual(plain(search.suggest(word).map((hit) => hit.place)), [2], word);
  }
  assert.deepEqual(plain(search.suggest("bcr-a").map((hit) => hit.place)), [2]);
  assert.deepEqual(plain(search.suggest("bcr").map((hit) => hit.place)), [0, 2]);
  assert.equal(search.place("BCR"), 0);
  assert.equal(search.place("ABL1"), 1);
  // Where fusion reads were not counted nothing stands in for it.
  const parts = new (get("Search"))({ ids: ["ENSG1", "ENSG2"], names: ["BCR", "ABL1"], entrez: ["613", "25"], aliases: ["", "BCR-ABL"] });
  assert.equal(parts.place("BCR-ABL"), -1);
  assert.deepEqual(plain(parts.suggest("BCR-ABL1")), []);
});

test("suggestions: exact first, symbols before aliases, each gene once", () => {
  const search = new (get("Search"))(NAMES);
  assert.deepEqual(plain(search.suggest("bmpr").map((hit) => hit.place)), [1, 0, 2]);
  assert.equal(search.suggest("ALK3")[0].place, 1);
  assert.deepEqual(plain(search.suggest("ENSG", 2)).length, 2);
  assert.deepEqual(plain(search.suggest("  ")), []);
});

test("a name of several genes opens none of them by itself, and offers all, those of the panel first", () => {
  const search = new (get("Search"))(NAMES, [2]);
  assert.equal(search.place("twice"), -1);
  assert.deepEqual(plain(search.places("Twice")), [0, 2]);
  assert.deepEqual(plain(search.suggest("twice").map((hit) => hit.place)), [2, 0]);
  // A symbol goes before the same word as another gene's alias.
  assert.equal(search.place("BMPR1B"), 0);
});

test("a link says gene and comparison, whatever their names", () => {
  const [read, write] = [get("readLink"), get("writeLink")];
  for (const state of [{ gene: "BCR::ABL1", contrast: "a/b" }, { gene: "A&B=C #<\"", contrast: "" }, { gene: "é+ %", contrast: "m/c" }]) {
    assert.deepEqual(plain(read(write(state))), state);
  }
  assert.equal(read("#claims"), null);
  assert.equal(write({ gene: "BCR::ABL1", contrast: "m/c" }), "#gene=BCR::ABL1&contrast=m/c");
});

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
});

test("a sentence never calls undetermined what is unchanged, nor names the wrong side", () => {
  const say = (effect, form = "two_groups", more = {}) => get("sentence")(
    { log2: 1, p: 0.5, adj: 0.9, detectable: 2, outcome: "undetermined", status: "tested", reason: "", ...effect },
    { form, higher: "resistant", lower: "sensitive", ...more }, 1, 0.05);
  assert.match(say({ outcome: "changed", log2: -2 }), /^Lower in resistant, 4\.0-fold\.$/);
  assert.match(say({ outcome: "changed" }), /^Higher in resistant/);
  assert.match(say({ outcome: "changed" }, "trend"), /rises towards resistant, on average 2\.0-fold per step\.$/);
  assert.match(say({ outcome: "changed", steps: "steps in different directions" }, "trend"),
    /on average 2\.0-fold per step, steps in different directions\.$/);
  assert.match(say({ outcome: "changed", log2: -1 }, "difference"), /first change lies below the second, 2\.0-fold\.$/);
  assert.match(say({ outcome: "equivalent" }, "difference"), /changes are as good as the same: .* less than 2\.0-fold\.$/);
  assert.match(say({}, "difference"), /neither a difference of the changes nor its absence/);
  const age = { measurement: { column: "age", unit: "unit of age", lowest: 20, highest: 70.5, range: 4 } };
  assert.match(say({ outcome: "equivalent" }, "per_unit", { ...age, marginPer: "per standard deviation of age (12 units)" }),
    /smaller than 2\.0-fold per standard deviation of age \(12 units\)\.$/);
  // A small effect per unit is told over all that was measured too.
  assert.match(say({ outcome: "changed", log2: -2.2 }, "per_unit", age),
    /falls with age, 4\.6-fold per unit of age \(446-fold from 20 to 70\.50\)\.$/);
  assert.match(say({ outcome: "changed" }, "any_difference"), /differs among the groups/);
  const care = { status: "not converged", reason: "the fit did not converge: read with care" };
  assert.match(say({ outcome: "changed", ...care }), /Higher in resistant, 2\.0-fold\. But the fit did not converge/);
  assert.match(say({ outcome: "equivalent" }), /smaller than 2\.0-fold/);
  assert.match(say({ outcome: "small_change" }), /surely by less/);
  assert.match(say({}), /^Undetermined: .* single test would probably have found a change of 4\.0-fold\.$/);
  assert.match(say({}, "trend"), /4\.0-fold per step\.$/);
  assert.match(say({ log2: -3, p: 0.001 }), /among all that were tested it may be chance/);
  assert.match(say({ log2: -3, p: 0.06 }), /Even seen alone it could be chance\.$/);
  assert.match(say({ log2: -3, p: 0.001, adj: null, reason: "too low" }), /^Not judged: too low\.$/);
  assert.match(say({ detectable: Infinity }), /could not have shown any change/);
  assert.doesNotMatch(say({ detectable: null }), /would/);
  assert.match(say({ log2: null, p: null, reason: "no read in any sample" }), /^No estimate: no read/);
  assert.match(say({ p: null, status: "outlier", reason: "an outlying count" }), /^Not tested: an outlying count/);
});

test("dots of a group never share a place, and stay in it", () => {
  const place = get("placeDots");
  const contrast = { groups: [{ name: "a", samples: [0, 1, 2, 3] }, { name: "b", samples: [4] }], joined: false, measurement: null };
  const dots = place(contrast, [1, 1, 1, 2, 5]);
  assert.equal(new Set(dots.map((dot) => dot.x)).size, 5);
  assert.ok(dots.slice(0, 4).every((dot) => Math.abs(dot.x) <= 0.25));
  assert.equal(dots[4].x, 1);
  const measured = place({ measurement: { column: "age", values: [30, null, 50] }, groups: [] }, [1, 2, 3]);
  assert.deepEqual(plain(measured), [{ sample: 0, x: 30, y: 1 }, { sample: 2, x: 50, y: 3 }]);
});
