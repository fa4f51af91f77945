// The view in a link and in a session file.
import assert from "node:assert/strict";
import test from "node:test";

import { HELD, get, held, plain } from "./shared.mjs";

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

test("a view is written in words that can be read back; a link of the page itself changes what it names only", () => {
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
  // What means nothing here is reported, and changes nothing.
  const odd = of({ whole: true, gene: "NOBODY", contrast: "x/y", list: "none", lists: [["a", ["BMPR1B", "GONE"]], ["a", []]], colour: "no", sort: "no:asc", heat: "no", uses: [["x", "up"], ["m/a", "no"]], open: ["no"] }, view, first, held);
  assert.deepEqual(plain(odd.view), plain({ ...first, lists: [{ name: "a", genes: [0] }, { name: "a 2", genes: [] }], uses: [], open: [] }));
  assert.match(odd.messages.join(" "), /no gene called NOBODY.*no comparison x\/y.*GONE/s);
});
