// One gene: who it is, its samples, what every comparison says of it.
"use strict";

class GeneView {
  constructor(page) {
    this.page = page;
    this.section = $("gene");
    this.keys = ["gene", "contrast"];
    this.samples = new Plot($("gene-samples"), () => fileName(page.genes.symbol(page.view.gene), page.contrast.key), { renderer: "svg", simulated: page.meta.simulated });
    $("copy-link").addEventListener("click", () => page.copy($("copy-link"), "gene"));
  }

  async draw() {
    const { page } = this;
    const { genes, contrasts, contrast, meta } = page;
    const { names } = genes;
    const place = page.view.gene;
    await Promise.all([...contrasts.map((one) => genes.load(one)), genes.loadLevels()]);
    if (place !== page.view.gene || contrast !== page.contrast) return;
    const inPanel = genes.panel.get(place);
    $("gene-name").textContent = genes.symbol(place);
    $("gene-who").textContent = [
      names.ids[place],
      names.entrez[place] && `Entrez ${names.entrez[place]}`,
      names.biotypes[names.biotype[place]],
      names.aliases[place] && `also ${names.aliases[place].replaceAll("|", ", ")}`,
    ].filter(Boolean).join(" · ");
    $("gene-role").textContent = inPanel ? `In the panel: ${inPanel.role} (${inPanel.tier}).` : "Not in the panel.";
    const [counted, mean] = [genes.counted.at(place), genes.average.at(place) ?? 0];
    const { measure } = meta;
    $("gene-detection").textContent = measure.counted
      ? `Counted in ${counted} of ${meta.samples.length} samples of the cohort, on average ${number(mean)} normalised counts per million.`
      : `${measure.mean} in the cohort: ${number(mean)}.`;
    const effects = contrasts.map((one) => genes.effect(one, place));
    const reach = Math.max(...contrasts.map((one) => one.margin * 1.3), ...effects.flatMap((e) => [e.low, e.high, e.log2].filter((v) => v !== null && Number.isFinite(v)).map(Math.abs)));
    const scale = Math.min(reach, 8);
    const rows = contrasts.map((one, number) => this.effectRow(one, effects[number], scale, contrasts[number - 1]));
    $("gene-effects").replaceChildren(...rows);
    $("gene-now").textContent = `${contrast.modelTitle}: ${contrast.title}. ${tell(effects[contrast.number])}`;
    await page.drawSamples(this.samples);
  }

  effectRow(contrast, effect, scale, before) {
    const { page } = this;
    const row = make("tr", "", contrast.number === page.view.contrast ? { class: "now" } : {});
    const name = make("td", "", { class: "wrap" });
    if (before?.model !== contrast.model) name.append(make("strong", contrast.modelTitle), make("br"));
    const link = make("a", contrast.title, { href: writeLink({ gene: page.genes.names.ids[page.view.gene], contrast: contrast.key }) });
    link.addEventListener("click", (event) => { event.preventDefault(); page.go({ contrast: contrast.number }); });
    name.append(link);
    const bar = make("td", "", { class: "forest" });
    bar.append(forest(effect, scale, contrast.margin));
    row.append(
      name,
      bar,
      make("td", effect.low === null ? number(effect.log2) : `${number(effect.log2)} (${number(effect.low)} to ${number(effect.high)})`, { class: `n ${effect.side}` }),
      make("td", pValue(effect.adj), { class: "n", title: `adjusted over: ${effect.family}` }),
      make("td", effect.detectable === null ? "–" : number(effect.detectable), { class: "n" }),
      make("td", tell(effect), { class: "wrap" }),
    );
    return row;
  }
}

// An effect with its interval on a scale from -scale to +scale; the band is the equivalence margin.
function forest(effect, scale, margin) {
  const { side } = effect;
  const [wide, high, middle] = [180, 18, 9];
  const x = (value) => (Math.max(-scale, Math.min(scale, value)) / scale) * (wide / 2 - 6) + wide / 2;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.setAttribute("aria-hidden", "true");
  const draw = (tag, attributes) => {
    const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    svg.append(part);
  };
  draw("rect", { x: x(-margin), y: 0, width: x(margin) - x(-margin), height: high, fill: "#E4E7EB" });
  draw("line", { x1: x(0), x2: x(0), y1: 0, y2: high, stroke: "#7B8794" });
  if (effect.log2 === null) return svg;
  const colour = side ? COLOURS[side] : COLOURS.soft;
  if (effect.low !== null) draw("line", { x1: x(effect.low), x2: x(effect.high), y1: middle, y2: middle, stroke: colour, "stroke-width": 2 });
  draw("circle", { cx: x(effect.log2), cy: middle, r: 4, fill: side ? colour : "#fff", stroke: colour, "stroke-width": 1.5 });
  return svg;
}
