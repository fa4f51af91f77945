// The view as text: in a link, and in a session file. Both are read as if a stranger had written them.
"use strict";

// What a link or file may hold; what goes beyond is cut or refused.
const LIMITS = { link: 300_000, word: 200, lists: 40, listGenes: 5000, allGenes: 12_000, listName: 60, filters: 12, uses: 60 };
const WORDS_OF_VIEW = ["gene", "contrast", "with", "list", "heat", "order", "colour", "split", "sample", "map", "pcs", "tint", "shape", "what", "sort", "at"];
const PLOTS_ZOOMED = ["volcano", "mean-difference", "pair", "map"];
// What may be asked of a comparison (see pairs.js), and of how many at once.
const USES_MOST = 12;
const ASKED = ["any", "up", "down", "changed", "same", "uncalled"];
const FIELDS = ["gene", "id", "mean", "log2", "low", "high", "p", "adj", "detectable", "outcome", "panel"];

const word = (value, most = LIMITS.word) => (typeof value === "string" ? value.slice(0, most) : "");
const array = (value, most) => (Array.isArray(value) ? value.slice(0, most) : []);

// A window of a plot: start and end of either axis in percent; null where it is none.
function windowOf(value) {
  const edges = array(value, 4).map(Number);
  const fits = edges.length === 4 && edges.every((edge) => edge >= 0 && edge <= 100) && edges[0] < edges[1] && edges[2] < edges[3];
  return fits ? edges : null;
}

// Keep of anything what a view can say, each part of the right kind and bounded. What is not said is absent.
//
// gene, contrast, with (the second comparison), list (the name of the current one), heat, order, colour, split, sample, map, pcs (its two
// components), tint, shape, what (is changed), sort, at
// (the section): words. whole: what is not said is as in a page that nobody touched. lists: [name, [genes]]; filter: field -> text; zoom: plot -> window; uses: [comparison, what is
// asked of it]; open: names of parts that are unfolded.
function bounded(anything) {
  const given = anything !== null && typeof anything === "object" ? anything : {};
  const has = (name) => Object.hasOwn(given, name);
  const said = {};
  if (given.whole === true) said.whole = true;
  for (const name of WORDS_OF_VIEW) if (has(name) && word(given[name])) said[name] = word(given[name]);
  if (has("lists")) {
    let left = LIMITS.allGenes;
    said.lists = array(given.lists, LIMITS.lists).filter((pair) => Array.isArray(pair) && word(pair[0])).map((pair) => {
      const genes = array(pair[1], Math.min(left, LIMITS.listGenes)).map((gene) => word(gene)).filter(Boolean);
      left -= genes.length;
      return [word(pair[0], LIMITS.listName), genes];
    });
  }
  if (has("filter")) said.filter = Object.fromEntries(FIELDS.filter((field) => word(given.filter?.[field])).map((field) => [field, word(given.filter[field])]));
  if (has("zoom")) said.zoom = Object.fromEntries(PLOTS_ZOOMED.map((plot) => [plot, windowOf(given.zoom?.[plot])]).filter((pair) => pair[1]));
  if (has("uses")) said.uses = array(given.uses, LIMITS.uses).filter(Array.isArray).map((pair) => [word(pair[0]), word(pair[1])]).filter((pair) => pair[0] && pair[1]);
  if (has("open")) said.open = array(given.open, LIMITS.uses).map((part) => word(part)).filter(Boolean);
  return said;
}

// Signs that separate are written otherwise inside a name.
const escaped = (text) => text.replace(/[%~,]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
const unescaped = (text) => text.replace(/%(25|7E|2C)/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
const parted = (text, sign) => (text ? text.split(sign).map(unescaped) : []);
const paired = (text, sign) => { const at = text.indexOf(sign); return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]; };

// "#gene=ENSG…&contrast=model/contrast&l=name~BMP4,ID1" -> what it says (see `bounded`); null for a link to a section, or one
// that is longer than any view.
function readLink(hash) {
  const text = hash.replace(/^#/, "");
  if (!text.includes("=") || text.length > LIMITS.link) return null;
  const given = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [kind, part] = paired(name, ".");
    if (name === "v") given.whole = true;
    else if (WORDS_OF_VIEW.includes(name)) given[name] = value;
    else if (name === "l") (given.lists ??= []).push([unescaped(paired(value, "~")[0]), parted(paired(value, "~")[1], ",")]);
    else if (kind === "f" && FIELDS.includes(part)) (given.filter ??= {})[part] = value;
    else if (kind === "z" && PLOTS_ZOOMED.includes(part)) (given.zoom ??= {})[part] = value.split(",");
    else if (name === "use") given.uses = value.split(",").map((pair) => paired(pair, "~").map(unescaped));
    else if (name === "open") given.open = parted(value, ",");
  }
  return bounded(given);
}

function writeLink(said) {
  const text = new URLSearchParams();
  for (const name of WORDS_OF_VIEW) if (said[name]) text.set(name, said[name]);
  for (const [name, genes] of said.lists ?? []) text.append("l", `${escaped(name)}~${genes.map(escaped).join(",")}`);
  for (const [field, value] of Object.entries(said.filter ?? {})) text.set(`f.${field}`, value);
  for (const [plot, shown] of Object.entries(said.zoom ?? {})) text.set(`z.${plot}`, shown.join(","));
  if (said.uses) text.set("use", said.uses.map((pair) => pair.map(escaped).join("~")).join(","));
  if (said.open?.length) text.set("open", said.open.map(escaped).join(","));
  if (said.whole) text.set("v", "1");
  return `#${text.toString().replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%7E", "~")}`;
}

const SESSION = "autocrine session";

// A session file; genes of lists are in it with their identifiers.
const writeSession = (cohort, said) => `${JSON.stringify({ format: SESSION, version: 1, cohort, view: said }, null, 1)}\n`;

// What a session file says: { cohort, said }, or { problem }.
function readSession(text) {
  if (text.length > LIMITS.link) return { problem: "This file is larger than any session." };
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    return { problem: "This is no session file: it cannot be read as JSON." };
  }
  if (given?.format !== SESSION) return { problem: "This is no session file of a report." };
  if (given.version !== 1) return { problem: "This session was saved by a report of another version." };
  return { cohort: word(given.cohort), said: bounded(given.view) };
}
