// A gene is found by any of its names.
import assert from "node:assert/strict";
import test from "node:test";

import { NAMES, get, plain } from "./shared.mjs";

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
  // Where fusion reads were not counted nothing is used in place of it.
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
