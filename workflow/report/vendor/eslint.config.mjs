// Lints the report's own scripts, which stand in one page one after the other: what one declares, the others see.
import { readFileSync, readdirSync } from "node:fs";

import js from "@eslint/js";

const browser = [
  "Blob", "DOMParser", "DecompressionStream", "Event", "IntersectionObserver", "ResizeObserver", "Response", "TextDecoder", "URL",
  "URLSearchParams", "atob", "clearTimeout", "document", "getSelection", "history", "innerWidth", "location", "matchMedia", "navigator",
  "setTimeout", "window",
];
const libraries = ["echarts", "jspdf", "svg2pdf", "Tabulator"];
// What any script declares at its top.
const page = new URL("../page/", import.meta.url);
const shared = readdirSync(page).filter((file) => file.endsWith(".js")).flatMap((file) => (
  [...readFileSync(new URL(file, page), "utf-8").matchAll(/^(?:async )?(?:function|class|const|let) ([\w$]+)/gm)].map((found) => found[1])
));

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: {
      sourceType: "script",
      ecmaVersion: 2023,
      globals: Object.fromEntries([...browser, ...libraries, ...shared].map((name) => [name, "readonly"])),
    },
    rules: {
      // A name at the top of one file is used in another.
      "no-unused-vars": ["error", { vars: "local" }],
      "no-redeclare": ["error", { builtinGlobals: false }],
      "no-restricted-properties": ["error",
        { property: "innerHTML", message: "text is only ever set as text" },
        { property: "outerHTML", message: "text is only ever set as text" },
        { property: "insertAdjacentHTML", message: "text is only ever set as text" },
        { object: "document", property: "write", message: "text is only ever set as text" }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "eqeqeq": "error",
      "prefer-const": "error",
      "max-len": ["off"],
    },
  },
];
