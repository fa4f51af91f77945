// The parts of the page that can be tried without a browser. Run with `node --test tests/page`.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { crc32 } from "node:zlib";
import { fileURLToPath } from "node:url";

import { load } from "./load.mjs";

const get = load();
const plain = (value) => JSON.parse(JSON.stringify(value));

// What autocrine.page.payload wrote for known numbers; tests/page/test_page_scripts.py makes the file.
const packed = process.env.PACKED ? JSON.parse(readFileSync(process.env.PACKED, "utf-8")) : [];

// Numbers of scipy for what the page computes; from the same test of Python.
const reference = process.env.REFERENCE ? JSON.parse(readFileSync(process.env.REFERENCE, "utf-8")) : null;

const COUNTS = { counted: true, level: "log2 (CPM + 1)", mean: "Mean normalised count" };

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

test("a link says the view, whatever the names in it", () => {
  const [read, write] = [get("readLink"), get("writeLink")];
  const odd = "A&B=C #<\"~,%~%2C";
  const whole = {
    whole: true, gene: odd, contrast: "m/c", with: "m/d", list: odd, heat: "samples", order: "given", colour: "é+ %", split: "arm", sort: "log2:asc", at: "lists",
    lists: [[odd, ["BMP4", odd, "ID1"]], ["empty", []]], filter: { gene: "BMP", adj: "0.05" }, zoom: { volcano: [10.5, 20, 0, 100] },
    uses: [["m/c", "up"], [odd, "same"]], open: ["panel.0"],
  };
  for (const said of [{ gene: "BCR::ABL1", contrast: "a/b" }, { gene: odd }, { gene: "é+ %", contrast: "m/c" }, whole]) {
    assert.deepEqual(plain(read(write(said))), plain(said));
  }
  assert.equal(read("#claims"), null);
  assert.equal(write({ gene: "BCR::ABL1", contrast: "m/c" }), "#gene=BCR::ABL1&contrast=m/c");
  assert.equal(write({ lists: [["My genes", ["BMP4", "ID1"]]] }), "#l=My+genes~BMP4,ID1");
});

test("what a stranger writes into a link or session is bounded and of known kinds", () => {
  const [read, write, session, LIMITS] = [get("readLink"), get("writeLink"), get("readSession"), get("LIMITS")];
  assert.equal(read(`#gene=${"x".repeat(LIMITS.link)}`), null);
  const many = read(`#${Array.from({ length: 60 }, (_, i) => `l=n${i}~${"A,".repeat(600)}`).join("&")}`);
  assert.equal(many.lists.length, LIMITS.lists);
  assert.ok(many.lists.reduce((sum, list) => sum + list[1].length, 0) <= LIMITS.allGenes);
  assert.deepEqual(plain(read("#__proto__=1&constructor=2&f.__proto__=x&z.__proto__=1,2,3,4&gene=A")), { gene: "A", });
  for (const shown of ["1,2,3", "20,10,0,100", "0,101,0,100", "a,b,c,d", ""]) assert.deepEqual(plain(read(`#z.volcano=${shown}&gene=A`).zoom), {}, shown);
  const said = plain(session(JSON.stringify({ format: "autocrine session", version: 1, cohort: "c", view: {
    gene: 5, contrast: ["a"], lists: [[{}, []], ["ok", ["A", 3, null, {}]], "text", ["x", "text"]], filter: { gene: {}, other: "x" }, uses: [[1, 2], ["a", "up"]], open: "text", more: "unknown", zoom: 7,
  } })));
  assert.deepEqual(said, { cohort: "c", said: { lists: [["ok", ["A"]], ["x", []]], filter: {}, zoom: {}, uses: [["a", "up"]], open: [] } });
  for (const text of ["", "{", "null", "[]", '"x"', "5", '{"format": "autocrine session", "version": 2}', "x".repeat(LIMITS.link + 1)]) {
    assert.ok(session(text).problem, text.slice(0, 40));
  }
  assert.deepEqual(plain(session('{"format": "autocrine session", "version": 1, "view": {"__proto__": {"gene": "A"}}}')).said, {});
  const back = session(get("writeSession")("c", { whole: true, lists: [["n", ["E1"]]] }));
  assert.deepEqual(plain(back.said), { whole: true, lists: [["n", ["E1"]]] });
  assert.ok(write(said.said));
});

const HELD = () => {
  const genes = { names: NAMES, symbol: (place) => NAMES.names[place] };
  return { genes, search: new (get("Search"))(NAMES), contrasts: [{ key: "m/a" }, { key: "m/b" }], columns: ["arm"], parts: ["panel.0"] };
};

test("a view is told in words that mean it again; a link of the page itself changes what it names only", () => {
  const [say, of, first] = [get("sayView"), get("viewOf"), get("firstView")({ contrasts: [1, 2] }, 1)];
  const held = HELD();
  const view = { ...first, gene: 2, contrast: 1, with: 0, lists: [{ name: "mine", genes: [3, 0] }], list: "mine", sort: ["log2", "desc"], filter: { gene: "B" }, uses: [[1, "up"]], open: ["panel.0"], colour: "arm", at: "lists" };
  for (const exact of [false, true]) assert.deepEqual(plain(of(get("bounded")(say(view, first, held, exact)), first, first, held).view), plain(view));
  assert.deepEqual(plain(of(get("readLink")(get("writeLink")(say(view, first, held))), first, first, held).view), plain(view));
  // A gene goes by its symbol where no other has that name.
  assert.deepEqual(plain(say(view, first, held).lists), [["mine", ["A&\"B", "BMPR1B"]]]);
  const part = of({ contrast: "m/a" }, { ...view, zoom: { volcano: [1, 2, 3, 4] } }, first, held);
  assert.deepEqual(plain(part.view), plain({ ...view, contrast: 0 }));
  assert.equal(part.scroll, "contrasts");
  // What means nothing here is told, and changes nothing.
  const odd = of({ whole: true, gene: "NOBODY", contrast: "x/y", list: "none", lists: [["a", ["BMPR1B", "GONE"]], ["a", []]], colour: "no", sort: "no:asc", heat: "no", uses: [["x", "up"], ["m/a", "no"]], open: ["no"] }, view, first, held);
  assert.deepEqual(plain(odd.view), plain({ ...first, lists: [{ name: "a", genes: [0] }, { name: "a 2", genes: [] }], uses: [], open: [] }));
  assert.match(odd.told.join(" "), /no gene called NOBODY.*no comparison x\/y.*GONE/s);
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

test("a sentence of Python gets its fold changes", () => {
  const said = ["Lower in b < a, ", { fold: "log2", times: 1 }, " (", { fold: "log2", times: 4 }, "). ", { fold: "detectable", times: 1 }];
  assert.equal(get("tell")({ said, log2: -1.1, detectable: 0.5 }), "Lower in b < a, 2.1-fold (21-fold). 1.4-fold");
  assert.equal(get("tell")({ said: ["No estimate: {log2}."], log2: null }), "No estimate: {log2}.");
});

test("the sentence for a paper is that of Python with the numbers in place", () => {
  const cited = [
    { value: "gene" }, ": higher, ", { fold: "log2", times: 1 }, " (", { where: "log2", then: ["log2 ", { number: "log2" }] },
    { where: "low", then: [", ", { number: "low" }, " to ", { number: "high" }] }, { where: "adj", then: ["; p ", { p: "adj" }, ", ", { value: "family" }] }, ").",
  ];
  const contrast = { cited: { before: "Cells (3 against 3). ", after: " Caveat: <b>." } };
  const effect = { cited, log2: 1, low: 0.5, high: 1.5, adj: 2.1e-5, family: "primary (Holm)", also: "One sample." };
  assert.equal(get("cite")(effect, "A<b>", contrast), "Cells (3 against 3). A<b>: higher, 2.0-fold (log2 1.00, 0.50 to 1.50; p 2.1e-5, primary (Holm)). One sample. Caveat: <b>.");
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
  assert.equal(get("tell")(second), "same Note.");
  assert.deepEqual(plain(genes.rows({ number: 0 }).map((row) => row.panel)), ["", "ligand. Note."]);
});

test("a level is that of the gene's base and what the sample adds; none is no count", () => {
  const column = (...values) => ({ at: (place) => values[place] });
  const genes = new (get("Genes"))({ genes: 2, samples: [{}, {}], verdicts: [] }, null);
  Object.assign(genes, { levelBase: column(3, 0), level: column(0.5, null, -0.25, 2) });
  assert.deepEqual([...genes.levels(0)], [3.5, 0]);
  assert.deepEqual([...genes.levels(1)], [-0.25, 2]);
});

test("a plot calls a gene by its symbol, whatever else is said of it, and has a cloud for each side", () => {
  const kinds = ["up", "", "down"];
  const genes = { count: 3, meta: { measure: COUNTS }, symbol: (place) => `two\nlines ${place}`, point: (_, place) => ({ log2: place - 1, p: 0.1, mean: 5, side: kinds[place], panel: "primary" }) };
  const contrast = { effectName: "log2", sides: [{ side: "up", name: "more" }, { side: "down", name: "less" }] };
  for (const draw of ["volcanoOption", "meanDifferenceOption"]) {
    const { series } = get(draw)(genes, contrast, 2, () => "never asked", 1);
    const named = Object.fromEntries(series.map((one) => [one.name, one]));
    assert.equal(named["chosen gene"].label.formatter({ value: [0, 0, 2] }), "two\nlines 2");
    assert.equal(named["primary gene"].label.formatter({ value: [0, 0, 0] }), "two\nlines 0");
    assert.deepEqual(["more", "less", "not called"].map((name) => plain(named[name].data).map((point) => point[2])), [[0], [2], [1]]);
  }
  const differs = get("volcanoOption")(genes, { ...contrast, sides: [{ side: "differs", name: "differs" }] }, -1, String, 1);
  assert.equal(differs.series.filter((one) => one.name === "differs")[0].itemStyle.color, get("COLOURS").differs);
});

test("a curve lies about the mean of its dots, with its band", () => {
  const option = get("samplesOption");
  const contrast = { groups: [], joined: false, measurement: { column: "age", values: [30, 40, 50] } };
  const { series, yAxis } = option(contrast, [1, 2, 3], ["a", "b", "c"], ["", "", ""], "gene", [[30, -1, 0.5], [50, 1, 0.5]], COUNTS);
  const line = series.find((one) => one.type === "line");
  assert.deepEqual(plain(line.data), [[30, 1], [50, 3]]);
  const band = series.find((one) => one.type === "custom").renderItem({}, { coord: (point) => point });
  assert.deepEqual(plain(band.shape.points), [[30, 1.5], [50, 3.5], [50, 2.5], [30, 0.5]]);
  assert.ok(yAxis.max >= 3.5);
  assert.ok(!option(contrast, [1, 2, 3], ["a", "b", "c"], ["", "", ""], "gene", [], COUNTS).series.some((one) => one.type === "custom"));
});

test("log expression has an axis of its own, with values below zero, and no sample without a count", () => {
  const measure = { counted: false, level: "log2 expression", mean: "Mean log2 expression" };
  const contrast = { groups: [{ name: "a", label: "a", samples: [0, 1, 2] }], joined: false, measurement: null };
  const { series, yAxis } = get("samplesOption")(contrast, [-2, -1, 0.5], ["a", "b", "c"], ["", "", ""], "gene", [], measure);
  assert.ok(yAxis.min <= -2 && yAxis.name === "log2 expression");
  assert.deepEqual(["counted", "no count"].map((name) => series.find((one) => one.name === name).data.length), [3, 0]);
  const genes = { count: 1, meta: { measure }, symbol: String, point: () => ({ log2: 1, p: 0.1, mean: -3, side: "", panel: "" }) };
  const drawn = get("meanDifferenceOption")(genes, { effectName: "log2", sides: [] }, -1, String, 1);
  assert.equal(plain(drawn.series[0].data)[0][0], -3);
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
    // Every merge stands together in the tree.
    for (const { members } of merges) {
      const places = members.map((one) => order.indexOf(one));
      assert.equal(Math.max(...places) - Math.min(...places), members.length - 1);
    }
  }
  assert.deepEqual(plain(link([]).order), []);
  assert.deepEqual(plain(link([[1]]).order), [0]);
  assert.deepEqual(plain([...link([[null, 1], [2, null], [null, 1.1]]).order].sort()), [0, 1, 2]);
});

// Genes with given effects and kinds in comparisons.
function held(effects, kinds) {
  const column = (values) => ({ at: (place) => values[place], all: () => Float64Array.from(values, (value) => value ?? NaN) });
  const genes = new (get("Genes"))({ genes: effects[0].length, family: "all", verdicts: [] }, null);
  effects.forEach((values, number) => genes.columns.set(number, {
    log2: column(values), verdict: column(kinds[number]),
    verdicts: [{ outcome: "undetermined", side: "" }, { outcome: "equivalent", side: "" }, { outcome: "changed", side: "up" }, { outcome: "small change", side: "down" }, { outcome: "changed", side: "differs" }],
  }));
  return genes;
}

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
  assert.deepEqual(plain(option.series.map((one) => one.data)), [[[0, 0, 1, "•"], [0, 1, -9, ""], [1, 1, 0.2, "="]], [[2, 0, 0.5, ""], [2, 1, 2, "•"]]]);
  assert.ok(option.visualMap.every((map) => map.dimension === 2));
  assert.equal(get("heatOption")({ rows: [], columns: [], names: [], marks: null, measure: "" }).series[0].data.length, 0);
});

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

test("what changed fits make of an effect is told by its ends, donors apart from the rest", () => {
  const fits = [{ variant: "without P1", kind: "donor", log2: 1 }, { variant: "with age", kind: "with", log2: -0.5 }, { variant: "without P2", kind: "donor", log2: 0.25 }];
  assert.equal(get("describeChanges")(fits), "One donor left out: 0.25 (without P2) to 1.00 (without P1). One other thing changed: −0.50 (with age).");
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

test("samples are split and coloured by a column, whatever is missing in it", () => {
  const contrast = { groups: [{ name: "a", label: "a", samples: [0, 1, 2] }, { name: "b", label: "b", samples: [3] }], joined: false, measurement: null };
  const arm = { name: "arm", levels: ["x", "y"], level: [0, 1, -1, 1] };
  const parts = get("splitGroups")(contrast, arm).groups;
  assert.deepEqual(plain(parts.map((part) => [part.name, part.samples])), [["a, x", [0]], ["a, y", [1]], ["b, y", [3]]]);
  assert.equal(get("splitGroups")(contrast, null), contrast);
  const draw = (column) => get("samplesOption")(contrast, [1, 2, 0, 3], ["a", "b", "c", "d"], ["", "", "", ""], "gene", [], COUNTS, column);
  const of = (option) => Object.fromEntries(option.series.filter((one) => one.type === "scatter").map((one) => [one.name, one.data.map((point) => point.value[2])]));
  assert.deepEqual(plain(of(draw(arm))), { x: [0], y: [1, 3], "arm not known": [2] });
  const scaled = draw({ name: "age", numbers: [30, null, 50, 40] });
  assert.deepEqual(plain(of(scaled)), { age: [2, 0, 3], "age not known": [1] });
  // The scale colours the dots, and no line.
  assert.equal(scaled.series[scaled.visualMap.seriesIndex].name, "age");
  assert.deepEqual([scaled.visualMap.min, scaled.visualMap.max], [30, 50]);
});

test("shares of cells are told by group, and of panel genes only", () => {
  const meta = { genes: 3, samples: [{}, {}, {}] };
  const genes = new (get("Genes"))(meta, null);
  genes.setPanel([{ place: -1 }, { place: 2 }]);
  assert.deepEqual(plain(genes.shares(2, [0, 1])), []);
  genes.share = { at: (place) => [null, null, null, 0.04, null, 0.5][place] };
  assert.deepEqual(plain(genes.shares(2, [0, 1, 2])), [0.04, 0.5]);
  assert.deepEqual(plain(genes.shares(1, [0, 1, 2])), []);
  const told = get("tellShares")([["untreated", [0.04, 0.06]], ["<b>", [0.5]], ["none", []]]);
  assert.equal(told, "Seen at equal depth in 5.0% of the cells of untreated (4.0% to 6.0% in 2 samples), 50% of the cells of <b> (one sample).");
  assert.equal(get("tellShares")([["a", []]]), "");
});

test("a figure has its size in millimetres, and letters of so many points", () => {
  // One inch at 12 points a letter: 72 pixels, since a letter of the plot has 12.
  assert.deepEqual(plain(get("paperSize")({ width: 25.4, height: 50.8, points: 12 })), { width: 72, height: 144 });
  assert.deepEqual(plain(get("paperSize")({ width: 25.4, height: 25.4, points: 6 })), { width: 144, height: 144 });
  assert.equal(get("paperHeight")(144, 6), 25);
  const svg = get("sizedSvg")('<svg width="10" height="20.5" xmlns="x"><text>a\u0001\u0000b <svg width="1" height="1"</text></svg>', { width: 85, height: 60 });
  assert.equal(svg, '<svg width="85mm" height="60mm" xmlns="x"><text>ab <svg width="1" height="1"</text></svg>');
});

test("a title of a figure makes room for its lines and the mark of simulated data", () => {
  const option = { grid: [{ top: 30, left: 1 }], legend: { top: 4 }, series: [{ name: "primary gene", label: { show: true } }] };
  const wanted = { title: "one two three", size: { width: 85, height: 60, points: 8 }, font: "serif" };
  const drawn = get("paperOption")(option, wanted, true);
  assert.deepEqual(plain([drawn.grid, drawn.legend]), [[{ top: 56, left: 1 }], { top: 30 }]);
  assert.equal(drawn.title.text, "one two three");
  assert.equal(drawn.graphic[0].style.text, "SIMULATED");
  assert.match(drawn.textStyle.fontFamily, /^'Times New Roman'/);
  assert.equal(drawn.tooltip.show, false);
  assert.ok(!get("paperOption")(option, { ...wanted, title: "" }, false).title);
  assert.deepEqual(plain(get("brokenTitle")("one two three", 60)), ["one two", "three"]);
  assert.deepEqual(plain(get("brokenTitle")("unbreakablelonger", 20)), ["unbreakablelonger"]);
  assert.deepEqual(plain(option.grid), [{ top: 30, left: 1 }]);
});

test("names of genes in a figure give way to one another and replace those of the plot", () => {
  const option = { series: [{ name: "primary gene", label: { show: true } }, { name: "other" }] };
  const drawn = get("paperOption")(option, { title: "", size: { width: 85, height: 60, points: 8 }, font: "sans", named: [[1, 2, "A<b>"]] }, false);
  const [primary, , named] = drawn.series;
  assert.equal(primary.label.show, false);
  assert.deepEqual(plain(named.data), [{ value: [1, 2], name: "A<b>" }]);
  assert.equal(named.label.formatter({ name: "A<b>" }), "A<b>");
  assert.deepEqual(plain(named.labelLayout), { moveOverlap: "shiftY", hideOverlap: true });
});

test("no font stands in double quotes, which would end an attribute of an SVG", () => {
  for (const font of [...Object.values(get("FONTS")), get("LOOK").textStyle.fontFamily]) assert.ok(!font.includes('"'), font);
});

test("a PNG says its resolution, behind its header and with its checksum", () => {
  const png = Uint8Array.from({ length: 60 }, (_, i) => i);
  const made = get("withDots")(png, 300);
  assert.equal(made.length, 81);
  assert.deepEqual([...made.subarray(0, 33)], [...png.subarray(0, 33)]);
  assert.deepEqual([...made.subarray(54)], [...png.subarray(33)]);
  const view = new DataView(made.buffer, 33, 21);
  assert.equal(String.fromCharCode(...made.subarray(37, 41)), "pHYs");
  // 300 dots per inch are 11,811 per metre; the checksum is that of zlib.
  assert.deepEqual([view.getUint32(0), view.getUint32(8), view.getUint32(12), made[49]], [9, 11811, 11811, 1]);
  assert.equal(view.getUint32(17), crc32(made.subarray(37, 50)));
});

test("what the fonts of a PDF cannot write is named", () => {
  assert.deepEqual(plain(get("wordsOfPdf")("−1 • é")), { words: "–1 • é", odd: "" });
  assert.equal(get("wordsOfPdf")("TGF-β").odd, "β");
});

test("a forest has a row per comparison, in the order of the table, and says what has no estimate", () => {
  const row = (more) => ({ name: "one", log2: 1, low: 0.5, high: 1.5, side: "up", outcome: "changed", adj: 0.01, margin: 1, ...more });
  const rows = [row({}), row({ name: "<b>", log2: null, low: null, high: null, side: "", outcome: "no read", adj: null }), row({ name: "three", log2: -3, low: null, high: null, side: "differs" })];
  const option = get("forestOption")(rows, "BMP4", "log2");
  assert.deepEqual(plain(option.yAxis[0].data), ["one", "<b>", "three"]);
  const told = option.yAxis[1].axisLabel.formatter;
  assert.deepEqual([0, 1, 2].map((i) => told(i)), ["1.00 (0.50 to 1.50)   p 0.010", "no read", "−3.00   p 0.010"]);
  const marks = option.series.find((one) => one.type === "scatter" && one.data.length);
  assert.deepEqual(plain(marks.data.map((point) => point.value)), [[1, 0], [-3, 2]]);
  assert.equal(marks.data[1].itemStyle.color, get("COLOURS").differs);
  assert.equal(option.xAxis.max, 3);
  assert.ok(get("forestHeight")(3) < get("forestHeight")(4));
});

test("every colour of a chart has one for dark screens, and data are left as they are", () => {
  const darkened = get("darkened");
  const dark = get("DARK_COLOURS");
  const folder = fileURLToPath(new URL("../../workflow/report/page/", import.meta.url));
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".js") && name !== "scheme.js")) {
    for (const [, colour] of readFileSync(folder + file, "utf-8").matchAll(/"(#[0-9A-Fa-f]{3,6})"/g)) assert.ok(dark[colour.toUpperCase()], `${colour} of ${file}`);
  }
  const data = [[1, 2, 3]];
  const formatter = () => "";
  const option = { textStyle: { color: "#1F2933" }, xAxis: { data: ["#1F2933"], axisLabel: { formatter } }, series: [{ data, itemStyle: { color: "#D55E00" } }, { data: [{ value: [1, 2], name: "#fff", itemStyle: { color: "#fff" } }] }] };
  const shown = darkened(option);
  assert.equal(shown.textStyle.color, dark["#1F2933"]);
  assert.equal(shown.series[0].itemStyle.color, dark["#D55E00"]);
  assert.equal(shown.series[0].data, data);
  assert.equal(shown.xAxis.axisLabel.formatter, formatter);
  // Names that look like colours stay names.
  assert.deepEqual(plain(shown.xAxis.data), ["#1F2933"]);
  assert.deepEqual(plain(shown.series[1].data), [{ value: [1, 2], name: "#fff", itemStyle: { color: dark["#FFF"] } }]);
  assert.equal(option.textStyle.color, "#1F2933");
});

test("a step in a heatmap stays inside it", () => {
  const step = get("stepInRows");
  const rows = [["a", "b", "c"], ["d", "e"]];
  assert.deepEqual(plain(step(rows, [0, 2], "ArrowDown")), [1, 1]);
  assert.deepEqual(plain(step(rows, [0, 0], "ArrowUp")), [0, 0]);
  assert.deepEqual(plain(step(rows, [1, 0], "ArrowLeft")), [1, 0]);
  assert.deepEqual(plain(step(rows, [1, 0], "End")), [1, 1]);
  assert.equal(step(rows, [1, 0], "Enter"), null);
});

test("a long table is halved at the heading of a group", () => {
  const row = (group) => ({ classList: { contains: () => group } });
  const halfOf = get("halfOf");
  assert.equal(halfOf([true, false, false, true, false, true, false].map(row)), 3);
  assert.equal(halfOf(Array.from({ length: 9 }, () => row(false))), 4);
  assert.equal(halfOf([row(false)]), 0);
});

test("distances stand in the upper triangle, and the chosen sample is ringed wherever it has a dot", () => {
  const at = get("apartAt");
  const found = [];
  for (let i = 0; i < 5; i += 1) for (let j = i + 1; j < 5; j += 1) found.push(at(5, i, j), at(5, j, i));
  assert.deepEqual(found.filter((_, i) => i % 2 === 0), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(found.filter((_, i) => i % 2), found.filter((_, i) => i % 2 === 0));
  const ringed = get("ringed");
  const option = { legend: { top: 1 }, series: [{ name: "a", type: "scatter", data: [[1, 2, 7], [3, 4, 8]] }, { name: "b", type: "scatter", data: [{ value: [5, 6, 7, 0.1] }] }, { type: "bar", data: [7] }] };
  const shown = ringed(option, 7, "{x} <b>");
  assert.deepEqual(plain(shown.series[3].data), [[1, 2, 7], [5, 6, 7]]);
  assert.equal(shown.series[3].label.formatter, "x <b>");
  assert.deepEqual(plain(shown.legend.data), ["a", "b"]);
  assert.equal(ringed(option, 9, "z"), option);
  assert.equal(ringed(option, -1, ""), option);
});

test("a map shows its samples by two components, with colours and shapes of any column", () => {
  const option = get("mapOption");
  const map = { samples: [2, 0, 1], explained: [0.5, 0.2], at: (row, component) => 10 * row + component };
  const arm = { name: "arm", levels: ["x", "y"], level: [0, 1, -1] };
  const age = { name: "age", numbers: [3, null, 5] };
  const told = option(map, [1, 0], age, arm, () => "");
  assert.equal(told.xAxis.name, "PC2 (20 % of variance)");
  assert.deepEqual(plain(told.series.map((one) => one.data.map((dot) => [dot.value[2], dot.symbol]))), [[[2, "emptyCircle"], [0, "circle"]], [[1, "triangle"]]]);
  assert.deepEqual(plain(told.series[0].data[0].value), [1, 0, 2, 5]);
  assert.deepEqual(plain(option(map, [0, 1], null, null, () => "").series[0].data.map((dot) => dot.value)), [[0, 1, 2], [10, 11, 0], [20, 21, 1]]);
  const Atlas = get("Atlas");
  const atlas = new Atlas(null, new Map(), []);
  for (const [text, axes] of [["2,1", [1, 0]], ["1,9", [0, 1]], ["x", [0, 1]], ["1", [0, 1]]]) assert.deepEqual(plain(atlas.axesOf(map, text)), axes);
});

test("panel genes move to a changed fit, by the outcomes that Python decided", () => {
  const WhatIf = get("WhatIf");
  const column = (values) => ({ at: (place) => values[place] });
  const dossier = { changes: [{ genes: [7, 3], fits: [{ variant: "without P1", kind: "donor" }, { variant: "with age", kind: "with" }] }], deltas: [column([-0.5, 0.25, null, 1])] };
  const what = new WhatIf(null, dossier);
  what.told = [{ names: ["changed", "equivalent"], comparisons: [{ samples: ["<s>"] }] }, { m: { "with age": { other: [] } } }];
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
