// Genes and claims over cohorts.
import assert from "node:assert/strict";
import test from "node:test";

import { get, plain } from "./shared.mjs";

const column = (values) => ({ at: (place) => values[place] });

// Three cohorts, of which two have the role; a gene that the page carries, and one of which it has pooled effects only.
function study() {
  const meta = {
    carried: 1,
    scales: [1, 0.25],
    confidence: "95%",
    kindWords: { all: "all kinds", bulk: "bulk", arrays: "arrays" },
    cohorts: [{ name: "one", kind: "bulk", species: "human" }, { name: "two <b>", kind: "arrays", species: "human" }, { name: "three", kind: "bulk", species: "mouse" }],
    comparisons: [{ cohort: 0, said: "state", unit: "" }, { cohort: 1, said: "state", unit: "" }],
    roles: [{ role: "r", said: "stem cells", of: [0, 1], pools: [0, 1, 2] }],
    pools: [],
  };
  const genes = new (get("CohortGenes"))(meta, null);
  genes.names = { ids: ["E1", "E2"], names: ["BMP4", "ID1"] };
  genes.share = column([2, -1]);
  genes.reach = column([0.5, null]);
  genes.apart = column([null, 1]);
  const none = { cohorts: column([1, 0]), log2: column([null, null]), reach: column([null, null]), adj: column([null, null]), i2: column([null, null]), ahead: column([null, null]), common: column([null, null]), commonReach: column([null, null]) };
  const pooled = { ...none, cohorts: column([5, 4]), log2: column([1, -1]), reach: column([0.25, 0.5]), adj: column([0.01, 0.5]), i2: column([0.3, 0]), ahead: column([0.75, 1]) };
  const common = { ...none, cohorts: column([2, 2]), common: column([0.5, 0.25]), commonReach: column([0.5, 0.5]) };
  genes.pools = [{ kind: "all", species: "human", said: "state", columns: pooled }, { kind: "bulk", species: "human", said: "state", columns: none }, { kind: "arrays", species: "human", said: "state", columns: common }];
  return genes;
}

test("an effect is its share of half the interval; one without an interval of the scale of its comparison", () => {
  const rows = plain(study().effects(0, 0, new Set([0, 1])));
  assert.deepEqual(rows, [
    { cohort: 0, said: "state", unit: "", log2: 1, low: 0.5, high: 1.5, apart: false },
    { cohort: 1, said: "state", unit: "", log2: -0.25, low: null, high: null, apart: true },
  ]);
  assert.equal(study().effects(0, 0, new Set([1])).length, 1);
  assert.equal(study().effects(1, 0, new Set([0])), null);
});

test("pooled effects are those of Python; a kind of one cohort has no row, a common effect decides nothing", () => {
  const pools = plain(study().pooled(0, 0, new Set(["bulk", "arrays"]), new Set(["human"])));
  assert.deepEqual(pools.map((pool) => [pool.kind, pool.cohorts, pool.common, pool.low, pool.high]), [["all", 5, false, 0.75, 1.25], ["arrays", 2, true, 0, 1]]);
  assert.deepEqual(pools[0].ahead, [0.25, 1.75]);
  assert.equal(pools[1].ahead, null);
  // All cohorts stay taken together, whichever kinds are shown.
  assert.deepEqual(plain(study().pooled(0, 0, new Set(), new Set(["human"]))).map((pool) => pool.kind), ["all"]);
  assert.deepEqual(plain(study().pooled(0, 0, new Set(["bulk"]), new Set(["mouse"]))), []);
});

test("cohorts are shown by kind and species", () => {
  const { cohorts } = study().meta;
  const shown = (kinds, species) => [...get("shownCohorts")(cohorts, new Set(kinds), new Set(species))];
  assert.deepEqual(shown(["bulk", "arrays"], ["human"]), [0, 1]);
  assert.deepEqual(shown(["bulk"], ["human", "mouse"]), [0, 2]);
  assert.deepEqual(shown([], ["human"]), []);
});

test("rows are put in order by effect or by how sure they are, unknown ones last", () => {
  const rows = [{ log2: null, low: null, high: null }, { log2: 1, low: 0, high: 2 }, { log2: 2, low: -1, high: 5 }];
  const order = (how) => get("orderEffects")(rows, how).map((row) => row.log2);
  assert.deepEqual(plain(order("table")), [null, 1, 2]);
  assert.deepEqual(plain(order("effect")), [2, 1, null]);
  assert.deepEqual(plain(order("sure")), [1, 2, null]);
});

test("a gene is described in a sentence, also where the page has only what is pooled", () => {
  const describe = get("describeCohorts");
  const rows = [{ log2: 1, low: 0.5, high: 1.5 }, { log2: -1, low: -2, high: 0.5 }, { log2: null, low: null, high: null }];
  assert.equal(describe(rows, [{ common: false }], "BMP4"), "2 of 3 shown cohorts have an estimate: 1 above zero, 1 not above it; one interval leaves out zero.");
  assert.match(describe(rows, [{ common: true }], "BMP4"), /Nothing is pooled/);
  assert.match(describe(null, [], "BMP4"), /not carried by this page/);
});

test("verdicts are counted, and a claim is one that cohorts disagree about where both sides have one", () => {
  const counts = get("countVerdicts")(["supported", "contradicted", "inconclusive", "supported"]);
  assert.deepEqual(plain(counts), { supported: 2, contradicted: 1, inconclusive: 1, not_testable: 0 });
  assert.equal(get("disagree")(counts), true);
  assert.equal(get("disagree")(get("countVerdicts")(["supported", "inconclusive"])), false);
});
