// What a reader looks at: genes and comparisons by place, and the same in words that hold in any copy of the page.
"use strict";

// Samples are coloured by the groups of the comparison until a reader asks for a column, or for nothing.
const GROUPS = "*groups";
const NO_TINT = "*none";

// The view of a page that nobody touched.
function firstView(meta, gene) {
  return {
    gene, contrast: 0, with: meta.contrasts.length > 1 ? 1 : 0,
    lists: [], list: "", heat: "comparisons", order: "clustered", colour: "", split: "",
    sample: "", map: "", pcs: "1,2", tint: GROUPS, shape: "", what: "",
    sort: ["p", "asc"], filter: {}, zoom: {}, uses: firstUses(meta.contrasts), open: [], at: "",
  };
}

// The overlap of the first comparisons that have a direction.
function firstUses(contrasts) {
  const directed = contrasts.map((contrast, number) => ({ number, sides: contrast.sides ?? [] })).filter(({ sides }) => sides.some((side) => side.side === "up"));
  return directed.slice(0, 4).map(({ number }) => [number, "any"]);
}

const CHOICES = { heat: ["comparisons", "samples"], order: ["clustered", "given"] };

// A gene is said by its symbol where that names no other, and by its identifier otherwise.
function wordOf(place, genes, search) {
  const symbol = genes.symbol(place);
  return search.place(symbol) === place ? symbol : genes.names.ids[place];
}

// A view in words (see state.js): all that differs from the first view. exact: lists by identifier, as files have them.
function sayView(view, first, { contrasts, genes, search }, exact = false) {
  const said = { whole: true };
  const differs = (name) => String(view[name]) !== String(first[name]);
  said.gene = genes.names.ids[view.gene];
  said.contrast = contrasts[view.contrast]?.key ?? "";
  if (differs("with")) said.with = contrasts[view.with].key;
  for (const name of ["list", "heat", "order", "colour", "split", "sample", "map", "pcs", "tint", "shape", "what", "at"]) if (differs(name)) said[name] = view[name];
  if (differs("sort")) said.sort = view.sort.join(":");
  said.lists = view.lists.map((list) => [list.name, list.genes.map((place) => (exact ? genes.names.ids[place] : wordOf(place, genes, search)))]);
  said.filter = view.filter;
  said.zoom = Object.fromEntries(Object.entries(view.zoom).filter(([, shown]) => String(shown) !== "0,100,0,100"));
  if (differs("uses")) said.uses = view.uses.map(([number, asked]) => [contrasts[number].key, asked]);
  said.open = view.open;
  return said;
}

// The view that words mean, and what of them means nothing here: { view, messages, scroll }. A link that does not say the
// whole view changes what it names only.
function viewOf(said, before, first, { contrasts, genes, search, columns, parts, samples = [], maps = [], measures = columns }) {
  const view = { ...(said.whole ? first : before) };
  const messages = [];
  const numberOf = (key) => contrasts.findIndex((contrast) => contrast.key === key);
  if (said.gene) {
    const places = search.places(said.gene);
    if (places.length === 1) [view.gene] = places;
    else {
      const shown = `${genes.symbol(view.gene)} is shown below.`;
      const several = places.map((one) => genes.symbol(one)).join(", ");
      messages.push(places.length > 1 ? `${said.gene} is a name of several genes: ${several}. ${shown}` : `This cohort has no gene called ${said.gene}. ${shown}`);
    }
  }
  for (const name of ["contrast", "with"]) {
    if (!said[name]) continue;
    const number = numberOf(said[name]);
    if (number < 0) messages.push(`There is no comparison ${said[name]}.`);
    else {
      if (name === "contrast" && number !== view.contrast && !said.whole) view.zoom = {};
      view[name] = number;
    }
  }
  if (said.lists) {
    const missed = new Set();
    view.lists = [];
    for (const [name, words] of said.lists) {
      const places = words.map((one) => search.place(one));
      words.forEach((one, i) => { if (places[i] < 0) missed.add(one); });
      view.lists.push({ name: unusedName(name, view.lists), genes: [...new Set(places.filter((place) => place >= 0))] });
    }
    if (missed.size) messages.push(`Not found in this cohort, and left out of lists: ${[...missed].slice(0, 20).join(", ")}${missed.size > 20 ? ` and ${missed.size - 20} more` : ""}.`);
  }
  if (said.list !== undefined) view.list = said.list;
  if (!view.lists.some((list) => list.name === view.list) && !view.list.startsWith("*")) view.list = "";
  for (const [name, known] of Object.entries(CHOICES)) if (known.includes(said[name])) view[name] = said[name];
  for (const name of ["colour", "split"]) if (said[name] && columns.includes(said[name])) view[name] = said[name];
  if (said.sample && samples.includes(said.sample)) view.sample = said.sample;
  else if (said.sample) messages.push(`This cohort has no sample called ${said.sample}.`);
  // Other comparisons have other fits; the section says where this one has none.
  if (said.what !== undefined) view.what = said.what;
  if (said.map && maps.includes(said.map)) view.map = said.map;
  if (/^\d,\d$/.test(said.pcs ?? "")) view.pcs = said.pcs;
  for (const name of ["tint", "shape"]) if (said[name] && measures.includes(said[name])) view[name] = said[name];
  if ([GROUPS, NO_TINT].includes(said.tint)) view.tint = said.tint;
  if (said.sort) {
    const [field, dir] = said.sort.split(":");
    if (FIELDS.includes(field) && ["asc", "desc"].includes(dir)) view.sort = [field, dir];
  }
  for (const name of ["filter", "zoom"]) if (said[name]) view[name] = said[name];
  if (said.uses) view.uses = said.uses.map(([key, asked]) => [numberOf(key), asked]).filter(([number, asked]) => number >= 0 && ASKED.includes(asked)).slice(0, USES_MOST).sort((one, other) => one[0] - other[0]);
  if (said.open) view.open = said.open.filter((part) => parts.includes(part));
  if (said.at !== undefined) view.at = said.at;
  const scroll = said.at || (said.gene ? "gene" : said.contrast ? "contrasts" : "");
  return { view, messages, scroll };
}

// A name that no list has yet.
function unusedName(wanted, lists) {
  const name = wanted.trim().slice(0, LIMITS.listName) || "List";
  const taken = (one) => lists.some((list) => list.name === one) || one.startsWith("*");
  if (!taken(name)) return name;
  for (let number = 2; ; number += 1) {
    const next = `${name.replace(/^\*+/, "").slice(0, LIMITS.listName - 4)} ${number}`;
    if (!taken(next)) return next;
  }
}
