// The section "What if".
"use strict";

const MOVED_SHOWN = 400;

class WhatIfView {
  constructor(page) {
    this.page = page;
    this.section = $("what-if");
    this.keys = ["contrast", "what", "gene"];
    this.what = new WhatIf(page.genes.store, page.dossier);
    this.plot = new Plot($("what-plot"), () => fileName("what-if", page.contrast.key, page.view.what), { simulated: page.meta.simulated });
    $("what-fit").addEventListener("change", () => page.go({ what: $("what-fit").value }));
    $("what-list").addEventListener("click", () => page.makeList(`Another outcome ${page.view.what}`, this.genes.filter((gene) => gene.other).map((gene) => gene.place)));
  }

  async draw() {
    const { page, what } = this;
    const { genes, contrast, view } = page;
    await Promise.all([genes.load(contrast), what.load(contrast)]);
    if (contrast !== page.contrast || view.what !== page.view.what || view.gene !== page.view.gene) return;
    const fits = what.fits(contrast);
    this.fill(fits);
    const asked = fits.find((fit) => fit.variant === view.what);
    $("what-fit").value = asked ? view.what : "";
    $("what-parts").hidden = !asked;
    if (!asked) {
      $("what-said").textContent = fits.length ? (view.what ? `This comparison was not fitted ${view.what}.` : "Choose what is changed.") : "This comparison has no fits with one thing changed.";
      return;
    }
    this.genes = what.genes(contrast, asked.variant, (place) => genes.columns.get(contrast.number).log2.at(place));
    this.drawGenes(asked);
    if ($("what-verdicts")) this.drawVerdicts(asked);
  }

  fill(fits) {
    const groups = Object.entries(KINDS_OF_FITS).map(([kind, title]) => {
      const group = make("optgroup", "", { label: title });
      group.append(...fits.filter((fit) => fit.kind === kind).map((fit) => make("option", fit.variant, { value: fit.variant })));
      return group;
    });
    $("what-fit").replaceChildren(make("option", "nothing", { value: "" }), ...groups.filter((group) => group.children.length));
  }

  drawGenes(asked) {
    const { page } = this;
    const { genes, view } = page;
    const primary = (place) => genes.panel.get(place)?.tier === "primary";
    const others = this.genes.filter((gene) => gene.other).length;
    const sample = asked.kind === "sample";
    $("what-said").textContent = [
      `${page.contrast.modelTitle}: ${page.contrast.title}, ${asked.variant}.`,
      !this.genes.length && "This fit cannot answer the comparison.",
      sample ? `${number(this.genes.length, 0)} panel genes have an effect without this sample. These are effects alone: no interval and no test of equivalence was made without it, so outcomes and verdicts are not known. Where one sample decides an outcome, its gene says so.`
        : this.genes.length > 0 && `Of ${number(this.genes.length, 0)} panel genes with an effect there, ${number(others, 0)} ${others === 1 ? "has" : "have"} another outcome.`,
    ].filter(Boolean).join(" ");
    $("what-list").disabled = !others;
    this.plot.show(
      movedOption(this.genes, page.contrast, asked.variant, primary, view.gene, (place) => genes.symbol(place)),
      `Effects of ${this.genes.length} panel genes in the main fit against those ${asked.variant}; the same numbers are in the table beside it`,
      (hit) => hit.seriesType === "scatter" && page.go({ gene: hit.value[2] }),
    );
    $("what-genes").replaceChildren(...orderMoved(this.genes, primary).slice(0, MOVED_SHOWN).map((gene) => {
      const row = make("tr", "", gene.other ? { class: "now" } : {});
      const name = make("td");
      name.append(make("a", genes.symbol(gene.place), { href: writeLink({ gene: genes.names.ids[gene.place], contrast: page.contrast.key }) }));
      const effect = genes.effect(page.contrast, gene.place);
      const write = (value) => number(value, page.contrast.digits);
      const ends = (low, high) => (low === null ? "" : ` (${write(low)} to ${write(high)})`);
      row.append(
        name,
        make("td", `${write(gene.log2)}${ends(effect.low, effect.high)}`, { class: "n" }),
        make("td", gene.before || "–"),
        make("td", `${write(gene.now)}${ends(gene.low, gene.high)}`, { class: "n" }),
        make("td", gene.after || "–", gene.other ? { class: "differs" } : {}),
      );
      return row;
    }));
  }

  drawVerdicts(asked) {
    const found = this.what.verdicts(this.page.contrast, asked.variant);
    $("what-none").textContent = found ? Object.entries(found.none).map(([reason, claims]) => `Not judged again: ${claims.join(", ")} (${reason}).`).join(" ") : "";
    if (!found) {
      $("what-same").textContent = asked.kind === "sample" ? "Verdicts without one sample are not known: only the effects are." : "No claim has a verdict in this model.";
      $("what-verdicts").replaceChildren();
      return;
    }
    const few = (claims) => `${claims.length} verdict${claims.length === 1 ? "" : "s"}`;
    const [own, further] = [found.other.filter((one) => !one.of), found.other.filter((one) => one.of)];
    const adjusted = further.length ? ` Of other models, by the adjustment over all claims alone: ${few(further)} would be another.` : "";
    $("what-same").textContent = `Of all comparisons of ${this.page.contrast.modelTitle}: ${few(own)} would be another${found.same.length ? `, ${few(found.same)} would stay (${found.same.join(", ")})` : ""}.${adjusted}`;
    $("what-verdicts").replaceChildren(...[...own, ...further].map((one) => {
      const item = make("li");
      const said = make("div");
      const badge = (verdict) => make("span", verdict.replaceAll("_", " "), { class: `verdict ${verdict}` });
      said.append(make("strong", one.claim), ` ${one.statement} `, make("span", "In the main fit: "), badge(one.before), make("br"), make("span", `${one.of ? "By adjustment alone: " : ""}${one.words}.`, { class: "quiet" }));
      item.append(badge(one.after), said);
      return item;
    }));
  }
}
