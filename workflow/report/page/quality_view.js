// The living map of samples: any components, any column as colour or shape, one sample followed through all plots.
"use strict";

class QualityView {
  constructor(page) {
    this.page = page;
    this.section = $("sample-map");
    this.keys = ["sample", "map", "pcs", "tint", "shape", "zoom", "contrast"];
    const { simulated } = page.meta;
    this.plot = new Plot($("map-plot"), () => fileName("samples", page.view.map), {
      simulated, zoomed: (shown) => page.go({ zoom: { ...page.view.zoom, map: shown } }, { quiet: true }),
    });
    this.distances = new Plot($("map-distances"), () => fileName("distances"), { simulated });
    const { maps, columns } = page.atlas;
    const { samples } = page.meta;
    $("map-of").append(...maps.map((map) => make("option", map.title, { value: map.name })));
    for (const [name, column] of columns) {
      $("map-tint").append(make("option", name, { value: name }));
      if (column.levels && column.levels.length <= SHAPES.length) $("map-shape").append(make("option", name, { value: name }));
    }
    $("map-sample").append(...samples.map(({ name }) => make("option", name, { value: name })));
    $("map-of").addEventListener("change", () => page.go({ map: $("map-of").value, pcs: "1,2", zoom: { ...page.view.zoom, map: WHOLE } }));
    for (const name of ["tint", "shape", "sample"]) $(`map-${name}`).addEventListener("change", () => page.go({ [name]: $(`map-${name}`).value }));
    for (const name of ["map-x", "map-y"]) $(name).addEventListener("change", () => page.go({ pcs: `${$("map-x").value},${$("map-y").value}`, zoom: { ...page.view.zoom, map: WHOLE } }));
  }

  get chosen() {
    return sampleAt(this.page.meta, this.page.view.sample);
  }

  async draw(changed) {
    const { page } = this;
    const { atlas, view } = page;
    await atlas.unpack();
    const { columns } = atlas;
    const map = atlas.mapOf(view.map);
    const axes = atlas.axesOf(map, view.pcs);
    for (const [name, value] of [["of", map.name], ["tint", view.tint], ["shape", view.shape], ["sample", view.sample]]) $(`map-${name}`).value = value;
    ["map-x", "map-y"].forEach((name, i) => {
      $(name).replaceChildren(...map.explained.map((_, place) => make("option", `PC${place + 1}`, { value: place + 1 })));
      $(name).value = String(axes[i] + 1);
    });
    const colour = view.tint === GROUPS ? groupColumn(page.contrast, page.meta.samples.length) : columns.get(view.tint) ?? null;
    const shape = columns.get(view.shape) ?? null;
    const names = page.meta.samples.map((sample) => sample.name);
    const describe = (sample) => [names[sample], ...new Set([view.tint, view.shape, ...atlas.tipColumns])].filter((name) => columns.has(name) || name === names[sample])
      .map((name) => (columns.has(name) ? `${name}: ${valueOf(columns.get(name), sample)}` : name)).join("\n");
    this.plot.setWindow(view.zoom.map);
    const chosen = this.chosen;
    const row = map.samples.indexOf(chosen);
    this.plot.show(
      ringed(mapOption(map, axes, colour, shape, describe), chosen, names[chosen] ?? ""),
      `Scatter plot of ${map.samples.length} samples by two principal components: ${map.title}`,
      (hit) => hit.seriesType === "scatter" && page.go({ sample: names[hit.value[2]] }),
    );
    if (row >= 0) this.centre(map, axes, row);
    else this.plot.centre = null;
    $("map-shapes").textContent = shape ? `Shapes: ${shape.levels.map((level, i) => `${SHAPE_WORDS[i]} ${level}`).join(", ")}.` : "";
    if (changed.has("sample") || !this.distances.chart) {
      this.distances.show(
        distancesOption(atlas.alike, (one, other) => atlas.apart(one, other), names, chosen),
        `Heatmap of the distances between ${names.length} samples`,
        (hit) => hit.seriesType === "heatmap" && page.go({ sample: names[atlas.alike[hit.value[1]]] }),
      );
    }
    this.describeSample(chosen);
  }

  centre(map, axes, row) {
    const { plot } = this;
    plot.centre = axes.map((component, i) => {
      const [low, high] = plot.chart.getModel().getComponent(i ? "yAxis" : "xAxis").axis.scale.getExtent();
      const whole = plot.window[2 * i + 1] - plot.window[2 * i];
      return Math.max(0, Math.min(100, plot.window[2 * i] + (map.at(row, component) - low) / (high - low || 1) * whole));
    });
  }

  describeSample(chosen) {
    const { page } = this;
    const { atlas, meta } = page;
    for (const row of document.querySelectorAll("#quality-table tr")) row.classList.toggle("now", row.dataset.sample === page.view.sample);
    if (chosen < 0) {
      $("map-said").textContent = "Choose a point, a cell or a name: that sample is ringed in every plot of this page.";
      return;
    }
    const others = meta.samples.map((_, sample) => sample).filter((sample) => sample !== chosen).sort((one, other) => atlas.apart(chosen, one) - atlas.apart(chosen, other));
    const near = others.slice(0, 3).map((sample) => `${meta.samples[sample].name} (${number(atlas.apart(chosen, sample), 0)})`);
    $("map-said").textContent = [
      `${meta.samples[chosen].name}: ${[...atlas.columns].map(([name, column]) => `${name} ${valueOf(column, chosen)}`).join(", ")}.`,
      near.length && `Most alike, by distance: ${near.join(", ")}.`,
      atlas.flags[chosen] ? `Remarks: ${atlas.flags[chosen]}.` : "No remark.",
    ].filter(Boolean).join(" ");
  }
}

const SHAPE_WORDS = ["●", "▲", "◆", "■", "pin", "arrow", "rounded", "○"];
