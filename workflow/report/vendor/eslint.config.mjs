// Lints the report's own scripts, which stand in one page one after the other: what one declares, the others see.
import js from "@eslint/js";

const browser = [
  "Blob", "DecompressionStream", "IntersectionObserver", "ResizeObserver", "Response", "TextDecoder", "URL",
  "URLSearchParams", "atob", "document", "innerWidth", "location", "matchMedia", "navigator", "setTimeout", "window",
];
const libraries = ["echarts", "Tabulator"];
const shared = [
  "COLOURS", "Genes", "Search", "Store", "histogramOption", "meanDifferenceOption", "number", "pValue", "placeDots",
  "readLink", "samplesOption", "tell", "volcanoOption", "writeLink",
];

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
