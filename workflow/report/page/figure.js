// A plot as a figure for a paper: its size on the page, its letters, and the files that it becomes.
"use strict";

const FONTS = {
  sans: "Arial, Helvetica, 'Liberation Sans', sans-serif",
  wide: "'DejaVu Sans', Verdana, sans-serif",
  serif: "'Times New Roman', Times, 'Liberation Serif', serif",
};
// Letters of a plot are about 12 pixels high.
const LETTER = 12;
const TITLE = 26;
const TITLE_LINE = 16;
const INCH = 25.4;
const NAMED_MOST = 60;

// In pixels of the plot: a figure so wide and high, in millimetres, whose letters have so many points.
function paperSize({ width, height, points }) {
  const pixels = (millimetres) => Math.round((millimetres / INCH) * 72 * (LETTER / points));
  return { width: pixels(width), height: pixels(height) };
}

// The other way round, in whole millimetres.
const paperHeight = (pixels, points) => Math.round(((pixels * points) / LETTER / 72) * INCH);

// Everything of a plot that is at a distance from its top, so much further down.
function shiftDown(option, by) {
  const shifted = (part) => (typeof part.top === "number" ? { ...part, top: part.top + by } : part);
  const moved = { ...option };
  for (const name of ["grid", "legend", "visualMap"]) {
    if (option[name]) moved[name] = Array.isArray(option[name]) ? option[name].map(shifted) : shifted(option[name]);
  }
  return moved;
}

// A title in lines that are no wider than so many pixels; letters of titles are about 7.8 wide.
function brokenTitle(title, wide) {
  const lines = [""];
  for (const word of title.split(/\s+/)) {
    const longer = [lines[lines.length - 1], word].filter(Boolean).join(" ");
    if (longer.length * 7.8 <= wide || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// What a plot shows, as a paper shows it. wanted: title, size, font (of FONTS), named: [[x, y, name]] genes to be named
// beside their points, or null for those that the plot names itself.
function paperOption(option, { title, size, font, named = null }, simulated) {
  // The mark of simulated data is beside the title.
  const wide = Math.max(60, paperSize(size).width - 16 - (simulated ? 90 : 0));
  const lines = brokenTitle(title, wide);
  const moved = title ? shiftDown(option, (option.title ? 0 : TITLE) + (lines.length - 1) * TITLE_LINE) : option;
  const plain = {
    ...moved,
    title: { text: lines.join("\n"), left: 8, top: 4, textStyle: { fontSize: 13, lineHeight: TITLE_LINE, color: COLOURS.ink } },
    textStyle: { ...LOOK.textStyle, fontFamily: FONTS[font] }, tooltip: { show: false }, backgroundColor: "#fff",
  };
  if (!title) delete plain.title;
  if (simulated) plain.graphic = SIMULATED;
  if (named) {
    const quiet = plain.series.map((one) => (one.name === "primary gene" ? { ...one, label: { show: false } } : one));
    plain.series = [...quiet, namedSeries(named)];
  }
  return plain;
}

// Genes with their names, which give way to one another.
function namedSeries(named) {
  return {
    type: "scatter", data: named.slice(0, NAMED_MOST).map(([x, y, name]) => ({ value: [x, y], name })), symbolSize: 6, z: 6, silent: true,
    itemStyle: { color: "transparent", borderColor: COLOURS.ink, borderWidth: 1.2 },
    label: { show: true, formatter: (hit) => hit.name, position: "right", fontSize: 11, color: COLOURS.ink, ...HALO },
    labelLine: { show: true, lineStyle: { color: "#7B8794" } },
    labelLayout: { moveOverlap: "shiftY", hideOverlap: true },
  };
}

// The text of an SVG of this size; letters stay letters.
function paperSvg(option, size) {
  const drawn = echarts.init(null, null, { renderer: "svg", ssr: true, ...paperSize(size) });
  drawn.setOption({ animation: false, ...option });
  const text = drawn.renderToSVGString();
  drawn.dispose();
  return sizedSvg(text, size);
}

// An SVG says how large it is printed, and has no sign that XML forbids, whatever a sample is called.
function sizedSvg(text, { width, height }, unit = "mm") {
  // eslint-disable-next-line no-control-regex
  const clean = text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "");
  return clean.replace(/^<svg width="[\d.]+" height="[\d.]+"/, `<svg width="${width}${unit}" height="${height}${unit}"`);
}

// Bytes of a PNG, which say how large it is printed.
async function paperPng(option, size, dots) {
  const { width, height } = paperSize(size);
  const place = make("div", "", { style: `width:${width}px;height:${height}px;position:absolute;left:-9999px` });
  document.body.append(place);
  const drawn = echarts.init(place, null, { renderer: "canvas", devicePixelRatio: ((size.width / INCH) * dots) / width });
  drawn.setOption({ animation: false, ...option });
  const canvas = drawn.renderToCanvas({ backgroundColor: "#fff" });
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
  drawn.dispose();
  place.remove();
  return withDots(new Uint8Array(await blob.arrayBuffer()), dots);
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xEDB88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

// Put the chunk that names the resolution (pHYs) behind the header of a PNG, which always has 33 bytes.
function withDots(png, dots) {
  const chunk = new Uint8Array(21);
  const view = new DataView(chunk.buffer);
  const perMetre = Math.round((dots / INCH) * 1000);
  view.setUint32(0, 9);
  chunk.set([112, 72, 89, 115], 4);
  view.setUint32(8, perMetre);
  view.setUint32(12, perMetre);
  chunk[16] = 1;
  view.setUint32(17, ~chunk.subarray(4, 17).reduce((sum, byte) => CRC[(sum ^ byte) & 255] ^ (sum >>> 8), ~0) >>> 0);
  const made = new Uint8Array(png.length + chunk.length);
  made.set(png.subarray(0, 33));
  made.set(chunk, 33);
  made.set(png.subarray(33), 33 + chunk.length);
  return made;
}

// Signs beside Latin-1 that the fonts of every reader of PDF have (Windows-1252).
const OF_PDF = new Set("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ");

// The words of an SVG as the fonts of a PDF can write them, and the first sign that they cannot.
function wordsOfPdf(text) {
  const words = text.replaceAll("−", "–");
  return { words, odd: [...words].find((sign) => sign.codePointAt(0) > 255 && !OF_PDF.has(sign)) ?? "" };
}

// A PDF has no halo around letters: it is drawn first, as letters of its own.
function haloFirst(text) {
  if (!text.getAttribute("stroke")) return;
  const halo = text.cloneNode(true);
  halo.setAttribute("fill", text.getAttribute("stroke"));
  text.before(halo);
  for (const name of ["stroke", "stroke-width", "paint-order"]) text.removeAttribute(name);
}

const PDF_FONTS = { sans: "helvetica", wide: "helvetica", serif: "times" };

// A PDF of the SVG: { blob }, or { odd }: a sign that it could not write.
async function paperPdf(svg, { width, height }, font, title) {
  await runLibraries(["jspdf", "svg2pdf"]);
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  for (const part of drawing.querySelectorAll("text")) {
    const { words, odd } = wordsOfPdf(part.textContent);
    if (odd) return { odd };
    part.textContent = words;
    part.style.fontFamily = PDF_FONTS[font];
    haloFirst(part);
  }
  // What a pointer does over an SVG has no meaning on paper, and is slow to look up.
  for (const part of drawing.querySelectorAll("style")) part.remove();
  for (const part of drawing.querySelectorAll("[class]")) part.removeAttribute("class");
  const file = new jspdf.jsPDF({ unit: "mm", format: [width, height], orientation: width > height ? "landscape" : "portrait", compress: true });
  file.setProperties({ title });
  await svg2pdf.svg2pdf(drawing, file, { x: 0, y: 0, width, height });
  return { blob: file.output("blob") };
}
