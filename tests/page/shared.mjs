// What several tests of the page's scripts need: the scripts themselves, names of genes, numbers of Python.
import { readFileSync } from "node:fs";

import { load } from "./load.mjs";

export const get = load();
export const plain = (value) => JSON.parse(JSON.stringify(value));

// What autocrine.page.payload wrote for known numbers; tests/page/test_page_scripts.py makes the file.
export const packed = process.env.PACKED ? JSON.parse(readFileSync(process.env.PACKED, "utf-8")) : [];

// Numbers of scipy for what the page computes; from the same test of Python.
export const reference = process.env.REFERENCE ? JSON.parse(readFileSync(process.env.REFERENCE, "utf-8")) : null;

export const COUNTS = { counted: true, level: "log2 (CPM + 1)", mean: "Mean normalised count" };

export const NAMES = {
  ids: ["ENSG00000000001", "ENSG00000000002", "ENSG00000000003", "odd <b>"],
  names: ["BMPR1B", "BMPR1A", "TWIST1", "A&\"B"],
  entrez: ["658", "657", "7291", ""],
  aliases: ["ALK6|CDw293|TWICE", "ALK3", "TWIST|BMPR1B|twice", ""],
};

export const HELD = () => {
  const genes = { names: NAMES, symbol: (place) => NAMES.names[place] };
  return { genes, search: new (get("Search"))(NAMES), contrasts: [{ key: "m/a" }, { key: "m/b" }], columns: ["arm"], parts: ["panel.0"] };
};

// Genes with given effects and kinds in comparisons.
export function held(effects, kinds) {
  const column = (values) => ({ at: (place) => values[place], all: () => Float64Array.from(values, (value) => value ?? NaN) });
  const genes = new (get("Genes"))({ genes: effects[0].length, family: "all", verdicts: [] }, null);
  effects.forEach((values, number) => genes.columns.set(number, {
    log2: column(values), verdict: column(kinds[number]),
    verdicts: [{ outcome: "undetermined", side: "" }, { outcome: "equivalent", side: "" }, { outcome: "changed", side: "up" }, { outcome: "small change", side: "down" }, { outcome: "changed", side: "differs" }],
  }));
  return genes;
}
