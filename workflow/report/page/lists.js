// Lists of genes: read from what a reader pastes, and described. Nothing here is a test; see docs/report.md.
"use strict";

const PASTE = { text: 300_000, words: 20_000, named: 30 };
// What a spreadsheet makes of SEPT2 or MARCH1.
const DATE = /^(?:\d{1,2}-(?:mar|march|sep|sept|dec)|(?:mar|march|sep|sept|dec)-\d{1,2})$/i;

const bare = (text) => text.trim().replace(/^["']+|["']+$/g, "").trim();

// The genes that a text names, in its order, each once: { places, missed, several, cut }. missed: words that no gene has;
// several: [word, places] of names of several genes, of which none is taken. A line may be one name with blanks in it
// ("BCR ABL1"); otherwise blanks, commas and semicolons separate. Of a table the column with most genes is read.
function readList(text, search) {
  const lines = text.slice(0, PASTE.text).split(/[\r\n]+/).filter((line) => line.trim());
  const words = lines.length > 1 && lines.every((line) => line.includes("\t")) ? wordsOfTable(lines, search) : lines.flatMap((line) => wordsOfLine(line, search));
  const found = { places: [], missed: [], several: [], cut: text.length > PASTE.text || words.length > PASTE.words };
  const [seen, lost] = [new Set(), new Set()];
  for (const one of words.slice(0, PASTE.words)) {
    const places = search.places(one);
    if (places.length === 1) {
      if (!seen.has(places[0])) found.places.push(places[0]);
      seen.add(places[0]);
    } else if (!lost.has(one)) {
      lost.add(one);
      if (places.length) found.several.push([one, places]);
      else found.missed.push(one);
    }
  }
  return found;
}

function wordsOfLine(line, search) {
  const parts = line.split(/[\t,;]+/).map(bare).filter(Boolean);
  return parts.flatMap((part) => (search.places(part).length || !/\s/.test(part) ? [part] : part.split(/\s+/).map(bare).filter(Boolean)));
}

// The column of a table in which most of the first 200 lines name a gene; its heading is no gene and is left out.
function wordsOfTable(lines, search) {
  const rows = lines.map((line) => line.split("\t").map(bare));
  const known = (cell) => search.places(cell).length > 0;
  const wide = Math.min(Math.max(...rows.slice(0, 200).map((row) => row.length)), 200);
  const counts = Array.from({ length: wide }, (_, column) => rows.slice(0, 200).filter((row) => known(row[column] ?? "")).length);
  const best = counts.indexOf(Math.max(...counts));
  const cells = rows.map((row) => row[best] ?? "");
  return (known(cells[0]) ? cells : cells.slice(1)).filter(Boolean);
}

// A file of gene sets (.gmt): [name, text of its genes] per line.
function readSets(text) {
  return text.slice(0, PASTE.text).split(/[\r\n]+/).map((line) => line.split("\t")).filter((parts) => parts.length > 2 && parts[0].trim())
    .map(([name, , ...genes]) => [name.trim(), genes.join("\n")]);
}

// What became of a pasted text, in words.
function describeRead({ places, missed, several, cut }, symbol) {
  const few = (words) => `${words.slice(0, PASTE.named).join(", ")}${words.length > PASTE.named ? ` and ${words.length - PASTE.named} more` : ""}`;
  const dates = missed.filter((one) => DATE.test(one));
  return [
    `${number(places.length, 0)} gene${places.length === 1 ? "" : "s"} found.`,
    missed.length && `Not found in this cohort: ${few(missed)}.`,
    dates.length && `${few(dates)}: a gene's name that a spreadsheet made a date?`,
    several.length && `A name of several genes, of which none was taken: ${few(several.map(([one, held]) => `${one} (${held.map(symbol).join(", ")})`))}.`,
    cut && "The text was longer than is read here; its end was left out.",
  ].filter(Boolean).join(" ");
}

// Where a value lies among ascending ones: how many are smaller, half of equals included.
function below(ordered, value) {
  const edge = (fits) => {
    let [low, high] = [0, ordered.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fits(ordered[middle])) low = middle + 1; else high = middle;
    }
    return low;
  };
  return (edge((one) => one < value) + edge((one) => one <= value)) / 2;
}

function medianOf(ordered) {
  const half = ordered.length >> 1;
  return ordered.length ? (ordered.length % 2 ? ordered[half] : (ordered[half - 1] + ordered[half]) / 2) : null;
}

// What one comparison says of a list: how many genes of each kind (see KINDS), the median effect in the list and of all other
// genes, and the share of pairs, one gene of the list and one other, in which the list's has the greater effect (a half where
// they are alike). That share is the statistic of Wilcoxon's test, without a p-value.
function describeList(genes, contrast, places) {
  const kinds = genes.kinds(contrast);
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  for (const place of places) counts[KINDS[kinds[place]]] += 1;
  const effect = genes.columns.get(contrast.number).log2.all();
  const inside = Float64Array.from(places.map((place) => effect[place]).filter((one) => !Number.isNaN(one))).sort();
  const all = genes.ordered(contrast);
  const others = without(all, inside);
  const above = inside.reduce((sum, one) => sum + below(others, one), 0) / (inside.length * others.length);
  return { counts, known: inside.length, median: medianOf(inside), others: medianOf(others), above: inside.length && others.length ? above : null };
}

// Ascending values without some of them, ascending too.
function without(all, some) {
  const left = new Float64Array(all.length - some.length);
  let [taken, at] = [0, 0];
  for (const value of all) {
    if (taken < some.length && some[taken] === value) taken += 1;
    else if (at < left.length) { left[at] = value; at += 1; }
  }
  return left;
}
