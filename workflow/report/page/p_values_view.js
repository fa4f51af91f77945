// The p-values of one comparison, further down than its other plots.
"use strict";

class PValuesView {
  constructor(page) {
    this.page = page;
    this.section = $("p-values");
    this.keys = ["contrast"];
    const titled = () => `${page.contrast.modelTitle}: ${page.contrast.title}`;
    this.plot = new Plot(this.section, () => fileName("p-values", page.contrast.key), { simulated: page.meta.simulated, titled });
  }

  async draw() {
    const { genes, contrast } = this.page;
    await genes.load(contrast);
    if (contrast !== this.page.contrast) return;
    this.plot.show(histogramOption(genes, contrast), `Histogram of p-values, ${contrast.modelTitle}: ${contrast.title}`);
  }
}
