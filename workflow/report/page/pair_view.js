// Comparison against comparison.
"use strict";

class PairView {
  constructor(page) {
    this.page = page;
    this.section = $("pair");
    this.keys = ["contrast", "with", "gene", "zoom", "lists", "list"];
    this.holds = "";
    this.plot = new Plot($("pair-plot"), () => fileName("pair", page.contrast.key, this.other.key), {
      simulated: page.meta.simulated,
      zoomed: (shown) => page.go({ zoom: { ...page.view.zoom, pair: shown } }, { quiet: true }),
      area: ({ x, y }) => {
        const inside = this.plot.points.filter((point) => point.x >= x[0] && point.x <= x[1] && point.y >= y[0] && point.y <= y[1]);
        page.makeList(`${page.contrast.title} and ${this.other.title}`, inside.map((point) => point.place));
      },
    });
    const select = $("pair-with");
    page.contrasts.forEach((contrast) => select.append(make("option", `${contrast.modelTitle}: ${contrast.title}`, { value: contrast.number })));
    select.addEventListener("change", () => page.go({ with: Number(select.value) }));
    $("pair-swap").addEventListener("click", () => page.go({ contrast: page.view.with, with: page.view.contrast }));
  }

  get other() {
    return this.page.contrasts[this.page.view.with];
  }

  // Genes whose intervals are drawn: the chosen one, and those of the current list.
  get marked() {
    const list = this.page.currentList();
    return [this.page.view.gene, ...(list.own ? list.genes : this.page.genes.panelGenes.filter((gene) => gene.tier === "primary" && gene.place >= 0).map((gene) => gene.place))];
  }

  async draw() {
    const { page, other } = this;
    const { genes, contrast, view } = page;
    await Promise.all([genes.load(contrast), genes.load(other)]);
    if (contrast !== page.contrast || other !== this.other) return;
    $("pair-with").value = String(view.with);
    const pair = `${contrast.number}/${other.number}`;
    this.plot.setWindow(view.zoom.pair);
    if (this.holds === pair) {
      this.plot.change([...chosenSeries(this.plot.points, view.gene), crosses(genes, contrast, other, this.marked)]);
      this.plot.chart.setOption({ dataZoom: this.plot.windowed(this.plot.option).dataZoom });
    } else {
      this.holds = pair;
      const label = (place) => {
        const [x, y] = [contrast, other].map((one) => genes.effect(one, place));
        return `${genes.symbol(place)}\nfirst: log2 ${number(x.log2, contrast.digits)}, adjusted p ${pValue(x.genomeWide)}\nsecond: log2 ${number(y.log2, other.digits)}, adjusted p ${pValue(y.genomeWide)}`;
      };
      this.plot.show(
        pairOption(genes, contrast, other, view.gene, this.marked, label),
        `Effects of ${contrast.modelTitle}: ${contrast.title} against those of ${other.modelTitle}: ${other.title}; counted in the table beside it`,
        (hit) => hit.seriesType === "scatter" && page.go({ gene: hit.value[2] }),
      );
      this.drawTable();
    }
    const chosen = this.plot.points.find((point) => point.place === view.gene);
    const { xAxis, yAxis } = this.plot.option;
    this.plot.centre = chosen ? [chosen.x / xAxis.max, chosen.y / yAxis.max].map((share) => 50 + 50 * share) : null;
  }

  drawTable() {
    const { page, other } = this;
    const { genes, contrast } = page;
    const found = compareTwo(genes, contrast, other);
    $("pair-said").textContent = describeTwo(found, contrast, other);
    const shown = (of) => KINDS_SHOWN.filter((kind) => KINDS_SHOWN.some((held) => of(kind, held).length));
    const columns = shown((kind, held) => found.table[held][kind]);
    const heading = make("tr");
    heading.append(make("th", "First \\ second"), ...columns.map((kind) => make("th", KIND_WORDS[kind], { class: "n" })));
    $("pair-head").replaceChildren(heading);
    $("pair-table").replaceChildren(...shown((kind, held) => found.table[kind][held]).map((kind) => {
      const row = make("tr");
      row.append(make("th", KIND_WORDS[kind], { scope: "row" }), ...columns.map((held) => {
        const places = found.table[kind][held];
        const cell = make("td", places.length ? "" : "0", { class: "n" });
        const name = `${KIND_WORDS[kind]} in ${contrast.title}, ${KIND_WORDS[held]} in ${other.title}`;
        if (places.length) cell.append(button(number(places.length, 0), () => page.makeList(name, places), { class: `count ${kind === held && isCalled(kind) ? kind : ""}`, "aria-label": `${number(places.length, 0)} genes ${name}: make a list` }));
        return cell;
      }));
      return row;
    }));
  }
}
