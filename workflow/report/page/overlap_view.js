// What several comparisons have in common, and genes of any pattern: "higher in these two, and not in that one".
"use strict";

const ASKED_WORDS = { "": "not used", any: "any outcome", up: "higher", down: "lower", changed: "changed, either way", same: "equivalent: shown to be as good as unchanged", uncalled: "not called: a change may have been missed" };
const SIGNS = { up: ["▲", "higher"], down: ["▼", "lower"], differs: ["◆", "differs"], "": ["·", "not called"] };

class OverlapView {
  constructor(page) {
    this.page = page;
    this.section = $("overlap");
    this.keys = ["uses"];
    this.plot = new Plot($("overlap-plot"), () => fileName("overlap"), { renderer: "svg", simulated: page.meta.simulated });
    this.rows = page.contrasts.map((contrast) => this.row(contrast));
    $("overlap-uses").replaceChildren(...this.rows.map((row) => row.element));
    $("overlap-list").addEventListener("click", () => page.makeList(this.name, this.places));
    $("overlap-none").addEventListener("click", () => page.go({ uses: [] }));
  }

  row(contrast) {
    const { page } = this;
    const undirected = contrast.sides.every((side) => side.side === "differs");
    const select = make("select", "", { "aria-label": `What is asked of ${contrast.modelTitle}: ${contrast.title}` });
    const side = (name) => contrast.sides.find((one) => one.side === name)?.name ?? ASKED_WORDS[name];
    for (const asked of ["", ...ASKED]) {
      if (undirected && (asked === "up" || asked === "down")) continue;
      select.append(make("option", asked === "up" || asked === "down" ? side(asked) : ASKED_WORDS[asked], { value: asked }));
    }
    select.addEventListener("change", () => {
      const others = page.view.uses.filter(([number]) => number !== contrast.number);
      const uses = (select.value ? [...others, [contrast.number, select.value]] : others).sort((one, other) => one[0] - other[0]);
      if (uses.length > USES_MOST) { page.notice(`At most ${USES_MOST} comparisons go side by side.`); select.value = ""; return; }
      page.go({ uses });
    });
    const element = make("tr");
    const cell = make("td");
    cell.append(select);
    element.append(make("td", `${contrast.modelTitle}: ${contrast.title}`, { class: "wrap" }), cell);
    return { element, select };
  }

  async draw() {
    const { page } = this;
    const { genes, contrasts, view } = page;
    const { uses } = view;
    this.rows.forEach((row, number) => { row.select.value = uses.find((use) => use[0] === number)?.[1] ?? ""; });
    const used = uses.map(([number]) => contrasts[number]);
    await Promise.all(used.map((contrast) => genes.load(contrast)));
    if (uses !== page.view.uses) return;
    this.drawAnswer(uses.map(([number, asked]) => [contrasts[number], asked]));
    $("overlap-parts").hidden = !used.length;
    if (used.length) this.drawOverlaps(used);
  }

  drawAnswer(uses) {
    const { page } = this;
    const asked = uses.filter((use) => use[1] !== "any");
    this.places = asked.length ? fitting(page.genes, asked) : [];
    this.name = asked.map(([contrast, what]) => `${what === "same" ? "equivalent" : what === "uncalled" ? "not called" : what === "changed" ? what : contrast.sides.find((side) => side.side === what)?.name ?? what} (${contrast.modelTitle})`).join(", ").slice(0, LIMITS.listName);
    $("overlap-list").disabled = !this.places.length;
    const said = $("overlap-said");
    if (!asked.length) {
      said.textContent = "Choose what is asked of two comparisons or more, such as higher in one, higher in another, equivalent in a third.";
      return;
    }
    said.replaceChildren(make("strong", `${number(this.places.length, 0)} gene${this.places.length === 1 ? "" : "s"}`), ` ${this.places.length === 1 ? "fits" : "fit"}. `);
    for (const place of this.places.slice(0, 15)) said.append(make("a", page.genes.symbol(place), { href: writeLink({ gene: page.genes.names.ids[place] }) }), " ");
    if (this.places.length > 15) said.append("…");
  }

  drawOverlaps(used) {
    const { page } = this;
    const found = overlaps(page.genes, used);
    const shown = found.slice(0, OVERLAP_SHOWN);
    const called = found.reduce((sum, one) => sum + one.places.length, 0);
    $("overlap-count").textContent = `${number(called, 0)} genes are called in at least one of ${used.length} comparison${used.length > 1 ? "s" : ""}, in ${number(found.length, 0)} pattern${found.length === 1 ? "" : "s"}${found.length > shown.length ? `; the ${shown.length} largest are shown` : ""}. A gene without a sign may be changed there too, unseen.`;
    $("overlap-plot").style.height = `${220 + 26 * used.length}px`;
    this.plot.chart?.resize();
    this.plot.show(overlapOption(found, used), `Overlap of ${used.length} comparisons by direction; the same counts are in the table below`, (hit) => hit.seriesType === "bar" && this.makeList(found[hit.dataIndex], used));
    const heading = make("tr");
    heading.append(make("th", "Genes", { class: "n" }), ...used.map((contrast) => make("th", `${contrast.modelTitle}: ${contrast.title}`, { class: "wrap" })));
    $("overlap-head").replaceChildren(heading);
    $("overlap-table").replaceChildren(...shown.map((one) => {
      const row = make("tr");
      const cell = make("td", "", { class: "n" });
      cell.append(button(number(one.places.length, 0), () => this.makeList(one, used), { class: "count", "aria-label": `${number(one.places.length, 0)} genes: make a list` }));
      row.append(cell, ...one.signs.map((sign) => make("td", `${SIGNS[sign][0]} ${SIGNS[sign][1]}`, { class: sign || "quiet" })));
      return row;
    }));
  }

  makeList(one, used) {
    const name = used.map((contrast, i) => (one.signs[i] ? `${SIGNS[one.signs[i]][1]} in ${contrast.title}` : "")).filter(Boolean).join(", ");
    this.page.makeList(name, one.places);
  }
}
