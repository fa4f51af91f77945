// Figures for a paper.
import assert from "node:assert/strict";
import test from "node:test";
import { crc32 } from "node:zlib";

import { get, plain } from "./shared.mjs";

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
