// Plots as options of ECharts.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { COUNTS, get, held, plain } from "./shared.mjs";

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

test("no font is in double quotes, which would end an attribute of an SVG", () => {
  for (const font of [...Object.values(get("FONTS")), get("LOOK").textStyle.fontFamily]) assert.ok(!font.includes('"'), font);
});

test("a forest has a row per comparison, in the order of the table, and says what has no estimate", () => {
  const row = (more) => ({ name: "one", log2: 1, low: 0.5, high: 1.5, side: "up", outcome: "changed", adj: 0.01, margin: 1, ...more });
  const rows = [row({}), row({ name: "<b>", log2: null, low: null, high: null, side: "", outcome: "no read", adj: null }), row({ name: "three", log2: -3, low: null, high: null, side: "differs" }), row({ name: "slope", log2: 0.0146, low: -0.013, high: 0.0421, digits: 4 })];
  const option = get("forestOption")(rows, "BMP4", "log2");
  assert.deepEqual(plain(option.yAxis[0].data), ["one", "<b>", "three", "slope"]);
  const label = option.yAxis[1].axisLabel.formatter;
  assert.deepEqual([0, 1, 2, 3].map((i) => label(i)), ["1.00 (0.50 to 1.50)   p 0.010", "no read", "−3.00   p 0.010", "0.0146 (−0.0130 to 0.0421)   p 0.010"]);
  const marks = option.series.find((one) => one.type === "scatter" && one.data.length);
  assert.deepEqual(plain(marks.data.map((point) => point.value)), [[1, 0], [-3, 2], [3 * 0.0146 / 1.2, 3]]);
  // Per unit an effect has the scale of its own row, up to its margin and a fifth.
  assert.ok(option.xAxis.name.includes("a scale of their own"));
  const slopes = get("forestOption")([row({ log2: 4e-5, low: 3e-5, high: 5e-5, digits: 7, margin: 0 })], "BMP4", "log2");
  assert.deepEqual([slopes.xAxis.max, slopes.xAxis.name], [5e-5, "log2"]);
  assert.equal(slopes.xAxis.axisLabel.formatter(2.5e-5), "2.50e-5");
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

test("distances are in the upper triangle, and the chosen sample is ringed wherever it has a dot", () => {
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

test("a map is coloured by the groups of the comparison, or by what it measures", () => {
  const column = get("groupColumn");
  const groups = column({ groups: [{ name: "<b>", samples: [1] }, { name: "tested", samples: [1, 3] }] }, 4);
  assert.deepEqual(plain(groups.levels), ["<b>", "tested"]);
  assert.deepEqual(plain(groups.level), [-1, 0, -1, 1]);
  assert.equal(groups.unknown, "in no group of the comparison");
  assert.deepEqual(plain(column({ measurement: { column: "age", values: [1, null] } }, 2)), { name: "age", numbers: [1, null] });
});

test("a map shows its samples by two components, with colours and shapes of any column", () => {
  const option = get("mapOption");
  const map = { samples: [2, 0, 1], explained: [0.5, 0.2], at: (row, component) => 10 * row + component };
  const arm = { name: "arm", levels: ["x", "y"], level: [0, 1, -1] };
  const age = { name: "age", numbers: [3, null, 5] };
  const drawn = option(map, [1, 0], age, arm, () => "");
  assert.equal(drawn.xAxis.name, "PC2 (20 % of variance)");
  assert.deepEqual(plain(drawn.series.map((one) => one.data.map((dot) => [dot.value[2], dot.symbol]))), [[[2, "emptyCircle"], [0, "circle"]], [[1, "triangle"]]]);
  assert.deepEqual(plain(drawn.series[0].data[0].value), [1, 0, 2, 5]);
  assert.deepEqual(plain(option(map, [0, 1], null, null, () => "").series[0].data.map((dot) => dot.value)), [[0, 1, 2], [10, 11, 0], [20, 21, 1]]);
  const Atlas = get("Atlas");
  const atlas = new Atlas(null, new Map(), []);
  for (const [text, axes] of [["2,1", [1, 0]], ["1,9", [0, 1]], ["x", [0, 1]], ["1", [0, 1]]]) assert.deepEqual(plain(atlas.axesOf(map, text)), axes);
});

test("a margin per unit of a wide measurement is drawn where it is, not at zero", () => {
  const genes = held([[4.2e-5, -1e-5]], [[2, 0]]);
  const { log2 } = genes.columns.get(0);
  Object.assign(genes.columns.get(0), { p: log2, mean: log2 });
  const option = get("volcanoOption")(genes, { number: 0, sides: [], effectName: "log2" }, -1, String, 2.7e-5);
  assert.deepEqual(plain(option.series[0].markLine.data), [{ xAxis: -2.7e-5 }, { xAxis: 2.7e-5 }]);
  // Unless it is set otherwise, ECharts rounds them to two decimals.
  assert.ok(option.series[0].markLine.precision < 0);
});
