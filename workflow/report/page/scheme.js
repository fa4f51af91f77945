// Light or dark: what the reader chose, else what the system says. Options of charts are written in light colours, in
// which they are printed and saved; on a dark screen others take their places.
"use strict";

const DARK_COLOURS = {
  // Ink, words and lines.
  "#1F2933": "#E4E9EE", "#52606D": "#A9B5C1", "#616E7C": "#A9B5C1", "#7B8794": "#8A97A4", "#9AA5B1": "#8A97A4", "#B8C1CB": "#6B7885",
  "#D5DAE0": "#4A5561", "#EEF1F4": "#272F37", "#FFF": "#14191F", "#C4CAD1": "#3A444E", "#E4E7EB": "#303A44",
  // Directions, and what has none.
  "#D55E00": "#FF8C42", "#0072B2": "#4FB0E8", "#7A4FA3": "#B48BE0", "#B8BDC4": "#6B7580", "#A84600": "#FF9A57",
  "#F7F7F7": "#20272E", "#EEAB76": "#9A5524", "#8ABCDB": "#2A6690", "#B59FCB": "#6A5289",
  // Groups and scales.
  "#117733": "#4CC274", "#AA4499": "#D97AC8", "#5B7083": "#9FB3C6", "#7B8FA3": "#8EA3B8", "#999933": "#C9C95A", "#882255": "#E0709F", "#44AA99": "#5CC9B6",
  "#332288": "#9A8CF0", "#661100": "#E08A6A", "#DDCC77": "#E3D68C", "#CC6677": "#E58A98", "#E8F3EC": "#24443C", "#0B3D2E": "#D8F5EA",
};

// An option of ECharts with the colours of the dark scheme. Data are left as they are, but for colours of single points.
function darkened(part, inData = false) {
  if (typeof part === "string") return inData ? part : DARK_COLOURS[part.toUpperCase()] ?? part;
  if (Array.isArray(part)) {
    const plain = inData && (part.length === 0 || typeof part[0] !== "object" || part[0] === null || Array.isArray(part[0]));
    return plain ? part : part.map((one) => darkened(one, inData));
  }
  if (Object.prototype.toString.call(part) !== "[object Object]") return part;
  return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, darkened(one, name === "data" || (inData && !name.endsWith("tyle")))]));
}

// What a chart on this screen is given.
const onScreen = (option) => (document.documentElement.dataset.scheme === "dark" ? darkened(option) : option);

const SCHEMES = ["system", "light", "dark"];
// The sheet of dark.css follows the system by itself; a choice overrules it. Paper is light.
const SHEET_FOR = { system: "screen and (prefers-color-scheme: dark)", light: "not all", dark: "screen" };

// A file may be opened where nothing can be kept.
function kept() {
  try {
    return window.localStorage.getItem("autocrine-scheme");
  } catch {
    return null;
  }
}

function keep(choice) {
  try {
    window.localStorage.setItem("autocrine-scheme", choice);
  } catch {
    // The choice then holds for this page.
  }
}

function listenToScheme(select) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = (paper = false) => {
    $("dark").media = SHEET_FOR[select.value];
    const dark = !paper && (select.value === "dark" || (select.value === "system" && system.matches));
    document.documentElement.dataset.scheme = dark ? "dark" : "light";
    document.dispatchEvent(new Event("scheme"));
  };
  select.value = SCHEMES.includes(kept()) ? kept() : "system";
  select.addEventListener("change", () => { keep(select.value); apply(); });
  system.addEventListener("change", () => apply());
  window.addEventListener("beforeprint", () => apply(true));
  window.addEventListener("afterprint", () => apply());
  apply();
}
