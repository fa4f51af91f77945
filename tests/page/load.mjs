// The report's scripts as a page has them: one after the other in one scope, without a document.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const page = fileURLToPath(new URL("../../workflow/report/page/", import.meta.url));

export function load() {
  const scope = vm.createContext({ Blob, DecompressionStream, Response, TextDecoder, URLSearchParams, atob });
  for (const name of ["data", "words", "search", "state", "view", "genes", "lists", "clusters", "scheme", "plot", "charts", "forest_chart", "figure", "list_charts", "pairs", "pair_charts", "dossier", "atlas", "map_charts", "what_if", "paper", "heat_keys", "cohorts", "cohort_filter", "cohort_claims"]) {
    vm.runInContext(readFileSync(`${page}${name}.js`, "utf-8"), scope, { filename: `${name}.js` });
  }
  return (expression) => vm.runInContext(expression, scope);
}
