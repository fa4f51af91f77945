// One comparison: its plots, and the chosen gene beside them.
"use strict";

class ContrastView {
  constructor(page) {
    this.page = page;
    this.section = $("contrasts");
    this.keys = ["contrast", "gene", "zoom", "sample"];
    this.holds = null;
    const named = (what) => () => fileName(what, page.contrast.key);
    const titled = () => `${page.contrast.modelTitle}: ${page.contrast.title}`;
    const living = (frame) => ({
      simulated: page.meta.simulated,
      titled,
      zoomed: (shown) => page.go({ zoom: { ...page.view.zoom, [frame]: shown } }, { quiet: true }),
      area: (range) => this.select(frame, range),
    });
    this.volcano = new Plot($("volcano"), named("volcano"), living("volcano"));
    this.meanDifference = new Plot($("mean-difference"), named("mean-difference"), living("mean-difference"));
    this.beside = new Plot($("beside-samples"), () => fileName(page.genes.symbol(page.view.gene), page.contrast.key), { renderer: "svg", simulated: page.meta.simulated });
  }

  async draw() {
    const { page } = this;
    const { genes, contrast } = page;
    await genes.load(contrast);
    if (contrast !== page.contrast) return;
    const place = page.view.gene;
    if (this.holds === contrast) this.moveChosen();
    else this.drawPlots();
    $("beside-name").textContent = genes.symbol(place);
    $("beside-said").textContent = describeEffect(genes.effect(contrast, place));
    $("beside-link").href = writeLink({ gene: genes.names.ids[place], contrast: contrast.key });
    await page.drawSamples(this.beside);
  }

  drawPlots() {
    const { page } = this;
    const { genes, contrast, meta } = page;
    const label = (at) => {
      const effect = genes.effect(contrast, at);
      return `${genes.symbol(at)}\nlog2 ${number(effect.log2, contrast.digits)}, adjusted p ${pValue(effect.genomeWide)}`;
    };
    const pick = (hit) => hit.seriesType === "scatter" && page.go({ gene: hit.value[2] });
    const said = `${contrast.modelTitle}: ${contrast.title}`;
    for (const [frame, plot] of [["volcano", this.volcano], ["mean-difference", this.meanDifference]]) plot.setWindow(page.view.zoom[frame]);
    this.volcano.show(volcanoOption(genes, contrast, page.view.gene, label, contrast.margin), `Volcano plot, ${said}: effect against p-value of ${genes.count} genes`, pick);
    this.meanDifference.show(meanDifferenceOption(genes, contrast, page.view.gene, label), `${meta.measure.mean} against effect, ${said}`, pick);
    $("contrast-said").textContent = contrast.said;
    this.holds = contrast;
    this.chosenCentre();
  }

  // Another gene is marked; what is zoomed stays zoomed.
  moveChosen() {
    const { page } = this;
    for (const [frame, plot] of [["volcano", this.volcano], ["mean-difference", this.meanDifference]]) {
      plot.change(chosenSeries(plot.points, page.view.gene));
      const shown = page.view.zoom[frame] ?? WHOLE;
      if (String(shown) !== String(plot.window)) { plot.setWindow(shown); plot.chart.setOption({ dataZoom: plot.windowed(plot.option).dataZoom }); }
    }
    this.chosenCentre();
  }

  // Where the chosen gene lies on either axis, in percent: what "Closer" enlarges.
  chosenCentre() {
    for (const plot of [this.volcano, this.meanDifference]) {
      const chosen = plot.points.find((point) => point.place === this.page.view.gene);
      plot.centre = chosen ? ["xAxis", "yAxis"].map((name, i) => {
        const [low, high] = plot.chart.getModel().getComponent(name).axis.scale.getExtent();
        const whole = plot.window[2 * i + 1] - plot.window[2 * i];
        return plot.window[2 * i] + ((i ? chosen.y : chosen.x) - low) / (high - low || 1) * whole;
      }).map((share) => Math.max(0, Math.min(100, share))) : null;
    }
  }

  // The genes in a rectangle of a plot become a list.
  select(frame, { x, y }) {
    const plot = frame === "volcano" ? this.volcano : this.meanDifference;
    const inside = plot.points.filter((point) => point.x >= x[0] && point.x <= x[1] && point.y >= y[0] && point.y <= y[1]);
    this.page.makeList(`Selection in ${this.page.contrast.title}`, inside.map((point) => point.place));
  }
}
