// One gene: who it is, its samples, what every comparison says of it.
"use strict";

class GeneView {
  constructor(page) {
    this.page = page;
    this.section = $("gene");
    this.keys = ["gene", "contrast", "lists", "list", "colour", "split", "sample"];
    this.samples = new Plot($("gene-samples"), () => fileName(page.genes.symbol(page.view.gene), page.contrast.key), { renderer: "svg", simulated: page.meta.simulated });
    this.forest = new Plot($("gene-forest"), () => fileName(page.genes.symbol(page.view.gene), "all-comparisons"), { renderer: "svg", rows: true, simulated: page.meta.simulated });
    $("gene-forest-part").addEventListener("toggle", () => this.drawForest());
    $("copy-link").addEventListener("click", () => page.copy($("copy-link"), "gene"));
    for (const [name, step] of [["gene-before", -1], ["gene-after", 1]]) $(name).addEventListener("click", () => this.step(step));
    for (const [name, column] of page.dossier.sheet) {
      $("gene-colour").append(make("option", name, { value: name }));
      if (column.levels) $("gene-split").append(make("option", name, { value: name }));
    }
    for (const name of ["colour", "split"]) $(`gene-${name}`).addEventListener("change", () => page.go({ [name]: $(`gene-${name}`).value }));
  }

  // The gene before or after this one in the current list; from a gene outside it to its first or last.
  step(by) {
    const { genes } = this.page.currentList();
    const at = genes.indexOf(this.page.view.gene);
    const next = at < 0 ? (by > 0 ? 0 : genes.length - 1) : (at + by + genes.length) % genes.length;
    if (genes.length) this.page.go({ gene: genes[next] });
  }

  async draw() {
    const { page } = this;
    const { genes, contrasts, contrast, meta } = page;
    const { names } = genes;
    const place = page.view.gene;
    await Promise.all([...contrasts.map((one) => genes.load(one)), genes.loadLevels(), genes.loadShares(), page.dossier.load()]);
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
    $("gene-cells").textContent = describeShares(contrast.groups.map((group) => [group.name, genes.shares(place, group.samples)]));
    const effects = contrasts.map((one) => genes.effect(one, place));
    const furthest = (held) => Math.max(0, ...held.map((one) => one.margin * 1.3), ...held.map((one) => effects[one.number]).flatMap((e) => [e.low, e.high, e.log2].filter((v) => v !== null && Number.isFinite(v)).map(Math.abs)));
    const shared = Math.min(furthest(contrasts.filter((one) => !isSmall(one))), 8);
    // Small effects, as per day, would all be zero on the scale of the others.
    const scale = (one) => (isSmall(one) ? furthest([one]) : shared);
    const changes = contrasts.map((one, number) => page.dossier.changed(one, place, effects[number].log2));
    const rows = contrasts.map((one, number) => this.effectRow(one, effects[number], scale(one), contrasts[number - 1], changes[number]));
    $("gene-effects").replaceChildren(...rows);
    $("gene-now").textContent = `${contrast.modelTitle}: ${contrast.title}. ${describeEffect(effects[contrast.number])}`;
    $("gene-cited").textContent = cite(effects[contrast.number], genes.symbol(place), contrast);
    $("gene-warnings").textContent = contrast.warnings.map((warning) => `Warning ${warning.number}: ${warning.text}.`).join(" ");
    this.effects = effects;
    this.drawAround(place);
    this.drawForest();
    const { sheet } = page.dossier;
    for (const name of ["colour", "split"]) $(`gene-${name}`).value = page.view[name];
    await page.drawSamples(this.samples, { colour: sheet.get(page.view.colour) ?? null, split: sheet.get(page.view.split) ?? null });
  }

  // The effects as a figure, where that is unfolded.
  drawForest() {
    if (!this.effects || !$("gene-forest-part").open) return;
    const { genes, contrasts, view, meta } = this.page;
    const rows = contrasts.map((one, i) => ({ ...this.effects[i], name: `${one.modelTitle}: ${one.title}`, margin: one.margin, digits: one.digits }));
    $("gene-forest").style.height = `${forestHeight(rows.length)}px`;
    this.forest.chart?.resize();
    this.forest.show(forestOption(rows, genes.symbol(view.gene), `log2 fold change, ${meta.confidence} interval`), `Forest plot of ${genes.symbol(view.gene)} in every comparison; the numbers are in the table above`);
  }

  // Where it is in the current list, the claims it answers, the sets it is in.
  drawAround(place) {
    const { page } = this;
    const list = page.currentList();
    const at = list.genes.indexOf(place);
    $("gene-of-list").textContent = `${at < 0 ? "not in" : `${at + 1} of ${list.genes.length} in`} “${list.name}”`;
    for (const name of ["gene-before", "gene-after"]) $(name).disabled = !list.genes.length;
    const testable = (claim) => claim.verdict !== "not_testable";
    const claims = page.meta.claims.filter((claim) => claim.place === place).sort((one, other) => testable(other) - testable(one));
    $("gene-claims").replaceChildren(...claims.map((claim) => {
      const item = make("li");
      item.append(make("span", claim.verdict.replaceAll("_", " "), { class: `verdict ${claim.verdict}` }), " ", make("strong", claim.claim), ` ${claim.statement} `, make("span", claim.said, { class: "quiet" }));
      return item;
    }));
    const sets = page.dossier.setsOf(place);
    $("gene-sets").hidden = !sets.length;
    $("gene-sets-said").textContent = `In ${sets.length} of the gene sets that this page shows`;
    $("gene-sets-names").replaceChildren(...sets.map((set) => {
      const item = make("li");
      item.append(button(set.name, () => page.makeList(set.name, set.genes), { class: "count", title: `Make a list of its ${set.genes.length} genes` }));
      return item;
    }));
  }

  effectRow(contrast, effect, scale, before, changes) {
    const { page } = this;
    const row = make("tr", "", contrast.number === page.view.contrast ? { class: "now" } : {});
    const name = make("td", "", { class: "wrap" });
    if (before?.model !== contrast.model) name.append(make("strong", contrast.modelTitle), make("br"));
    const link = make("a", contrast.title, { href: writeLink({ gene: page.genes.names.ids[page.view.gene], contrast: contrast.key }) });
    link.addEventListener("click", (event) => { event.preventDefault(); page.go({ contrast: contrast.number }); });
    name.append(link);
    const bar = make("td", "", { class: "forest" });
    bar.append(forest(effect, scale, contrast.margin, changes));
    const words = make("td", describeEffect(effect), { class: "wrap" });
    if (changes.length) words.append(make("div", describeChanges(changes, contrast.digits), { class: "quiet" }));
    if (contrast.warnings.length) words.append(make("div", `Warning${contrast.warnings.length > 1 ? "s" : ""} ${contrast.warnings.map((warning) => warning.number).join(", ")}.`, { class: "flag" }));
    const write = (value) => number(value, contrast.digits);
    const log2 = make("td", effect.low === null ? write(effect.log2) : `${write(effect.log2)} (${write(effect.low)} to ${write(effect.high)})`, { class: `n ${effect.side}` });
    if (effect.shrunken !== null) log2.append(make("div", `shrunken ${write(effect.shrunken)}`, { class: "quiet" }));
    row.append(
      name,
      bar,
      log2,
      make("td", pValue(effect.adj), { class: "n", title: `adjusted over: ${effect.family}` }),
      make("td", effect.detectable === null ? "–" : write(effect.detectable), { class: "n" }),
      words,
    );
    return row;
  }
}

// An effect with its interval on a scale from -scale to +scale; the band is the equivalence margin. Below it the
// effects of fits with one thing changed: a stroke per donor left out, a dot for anything else.
function forest(effect, scale, margin, changes = []) {
  const { side } = effect;
  const [wide, high, middle] = [180, changes.length ? 28 : 18, 9];
  const x = (value) => (Math.max(-scale, Math.min(scale, value)) / scale) * (wide / 2 - 6) + wide / 2;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.setAttribute("aria-hidden", "true");
  const draw = (tag, attributes) => {
    const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) {
      // Colours follow the scheme of the page.
      if (name === "fill" || name === "stroke") part.style.setProperty(name, value);
      else part.setAttribute(name, value);
    }
    svg.append(part);
  };
  draw("rect", { x: x(-margin), y: 0, width: x(margin) - x(-margin), height: high, fill: "var(--band)" });
  draw("line", { x1: x(0), x2: x(0), y1: 0, y2: high, stroke: "var(--zero)" });
  if (effect.log2 === null) return svg;
  for (const { kind, log2 } of changes) {
    if (kind === "donor") draw("line", { x1: x(log2), x2: x(log2), y1: 17, y2: 26, stroke: "var(--ink)", "stroke-width": 1, "stroke-opacity": 0.7 });
    else draw("circle", { cx: x(log2), cy: 21.5, r: 1.6, fill: "var(--mark)" });
  }
  const colour = `var(--${side || "soft"})`;
  if (effect.low !== null) draw("line", { x1: x(effect.low), x2: x(effect.high), y1: middle, y2: middle, stroke: colour, "stroke-width": 2 });
  draw("circle", { cx: x(effect.log2), cy: middle, r: 4, fill: side ? colour : "var(--paper)", stroke: colour, "stroke-width": 1.5 });
  return svg;
}
