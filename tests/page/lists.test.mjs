// Lists of genes: pasted, named, counted, clustered.
import assert from "node:assert/strict";
import test from "node:test";

import { NAMES, get, held, plain, reference } from "./shared.mjs";

test("a pasted list: any separator, any name, each gene once, misses and names of several genes named", () => {
  const [readList, describe] = [get("readList"), get("describeRead")];
  const names = { ids: [...NAMES.ids, "ENSG5", "BCR::ABL1"], names: [...NAMES.names, "SEPTIN2", "BCR::ABL1"], entrez: [...NAMES.entrez, "", ""], aliases: [...NAMES.aliases, "SEPT2", ""] };
  const search = new (get("Search"))(names);
  const found = plain(readList(' bmpr1b, "ALK3";TWIST1\r\nENSG00000000002.4 658\n\nnobody\tSEPT2\nodd <b>\nBCR ABL1\n2-Sep twice NOBODY nobody', search));
  assert.deepEqual(found.places, [0, 1, 2, 4, 3, 5]);
  assert.deepEqual(found.missed, ["nobody", "2-Sep", "NOBODY"]);
  assert.deepEqual(found.several, [["twice", [0, 2]]]);
  const said = describe(found, (place) => names.names[place]);
  assert.match(said, /^6 genes found\. Not found in this cohort: nobody, 2-Sep, NOBODY\. 2-Sep: .*date\?.*twice \(BMPR1B, TWIST1\)\.$/);
  // A saved table: the column of genes is found, its heading is none.
  const table = plain(readList("rank\tGene\tp\n1\tBMPR1A\t0.1\n2\tGONE\t0.2\n3\tTWIST1\t7291\n", search));
  assert.deepEqual([table.places, table.missed], [[1, 2], ["GONE"]]);
  for (const text of ["", " \n\t", ",;,"]) assert.deepEqual(plain(readList(text, search)), { places: [], missed: [], several: [], cut: false });
  const long = readList("nobody ".repeat(100_000), search);
  assert.ok(long.cut && long.missed.length <= 2);
  assert.deepEqual(plain(get("readSets")("A\tx\tBMP4\tID1\nno set\n\tx\ty\nB\t\tTWIST1")), [["A", "BMP4\nID1"], ["B", "TWIST1"]]);
});

test("names of lists are never twice, empty or like the page's own", () => {
  const unused = get("unusedName");
  assert.equal(unused(" a ", []), "a");
  assert.equal(unused("a", [{ name: "a" }, { name: "a 2" }]), "a 3");
  assert.equal(unused("  ", []), "List");
  assert.equal(unused("x".repeat(99), [{ name: "x".repeat(60) }]).length, 58);
});

test("the order of a heatmap is that of average linkage", { skip: reference === null && "run by pytest" }, () => {
  const link = get("averageLinkage");
  for (const { rows, cophenetic } of reference.clusters) {
    const { merges, order } = link(rows);
    assert.deepEqual([...order].sort((a, b) => a - b), rows.map((_, i) => i));
    const width = Math.sqrt(rows[0].length);
    let place = 0;
    for (let i = 0; i < rows.length; i += 1) {
      for (let j = i + 1; j < rows.length; j += 1) {
        const { height } = merges.find((merge) => merge.members.includes(i) && merge.members.includes(j));
        assert.ok(Math.abs(height * width - cophenetic[place]) < 1e-9);
        place += 1;
      }
    }
    // What is merged is next to each other in the tree.
    for (const { members } of merges) {
      const places = members.map((one) => order.indexOf(one));
      assert.equal(Math.max(...places) - Math.min(...places), members.length - 1);
    }
  }
  assert.deepEqual(plain(link([]).order), []);
  assert.deepEqual(plain(link([[1]]).order), [0]);
  assert.deepEqual(plain([...link([[null, 1], [2, null], [null, 1.1]]).order].sort()), [0, 1, 2]);
});

test("a list is counted, and set against all other genes", { skip: reference === null && "run by pytest" }, () => {
  for (const { effects, list, above, median, others } of reference.lists) {
    const genes = held([effects], [effects.map((_, i) => i % 5)]);
    const said = get("describeList")(genes, { number: 0 }, list);
    for (const [name, value] of Object.entries({ above, median, others })) {
      if (value === null) assert.equal(said[name], null);
      else assert.ok(Math.abs(said[name] - value) < 1e-12, name);
    }
    const none = list.filter((place) => effects[place] === null);
    assert.equal(said.counts.none, none.length);
    assert.equal(said.counts.up, list.filter((place) => place % 5 === 2 && effects[place] !== null).length);
    assert.equal(Object.values(plain(said.counts)).reduce((a, b) => a + b), list.length);
  }
});

test("a heatmap leaves out what is not known, and colours by the value", () => {
  const option = get("heatOption")({ rows: [[1, null, 0.5], [-9, 0.2, 2]], columns: [{ name: "a" }, { name: "b" }, { name: "c" }], names: ["X", "Y"], marks: [["•", "", ""], ["", "=", "•"]], measure: "log2", undirected: new Set([2]) });
  assert.deepEqual(plain(option.series.map((one) => one.data)), [[[0, 0, 1, "•", 1], [0, 1, -9, "", -9], [1, 1, 0.2, "=", 0.2]], [[2, 0, 0.5, "", 0.5], [2, 1, 2, "•", 2]]]);
  assert.ok(option.visualMap.every((map) => map.dimension === 2));
  // Effects per day have the colours of their own column, and their own numbers.
  const small = get("heatOption")({ rows: [[1, 4e-4], [-2, -2e-4]], columns: [{ name: "a" }, { name: "day", digits: 6 }], names: ["X", "Y"], marks: null, measure: "log2" });
  assert.deepEqual(plain(small.series[0].data.map((cell) => cell[2])), [1, 2, -2, -1]);
  assert.equal(small.tooltip.formatter({ value: small.series[0].data[3] }), "Y\nday\n−2.00e-4");
  assert.equal(get("heatOption")({ rows: [], columns: [], names: [], marks: null, measure: "" }).series[0].data.length, 0);
});
