// A plot in its frame, with buttons to take its view away, to enlarge it and to select points.
"use strict";

const SIMULATED = [{ type: "text", right: 6, top: 4, style: { text: "SIMULATED", fill: "#A84600", fontWeight: "bold" } }];
const WHOLE = [0, 100, 0, 100];

class Plot {
  // name(): what a saved file is called; titled(): what a figure of it is called; rows: whether its height is that of its rows; simulated: whether it says so; zoomed(window): called when a reader zooms, with the
  // shown part of either axis in percent; area({x, y}): called with a rectangle that a reader drew, in the unit of the axes.
  constructor(frame, name, { renderer = "canvas", simulated = false, titled = null, rows = false, zoomed = null, area = null } = {}) {
    Object.assign(this, { frame, name, renderer, simulated, titled, rows, zoomed, area });
    this.points = [];
    this.chart = null;
    this.option = null;
    this.window = WHOLE;
    this.centre = null;
    this.bar = make("div", "", { class: "take" });
    if (area) {
      this.selects = button("Select", () => this.select(), { "aria-pressed": "false", title: "Draw a rectangle around genes to make a list of them" });
      this.bar.append(this.selects);
    }
    if (zoomed) {
      this.whole = button("Whole plot", () => this.zoomTo(WHOLE), { hidden: "" });
      this.bar.append(button("Closer", () => this.closer(), { title: "Enlarge around the chosen gene" }), this.whole);
    }
    for (const kind of ["SVG", "PNG"]) this.bar.append(button(kind, () => this.take(kind), { title: `Save this view as ${kind}` }));
    // The page over cohorts has no studio.
    if (Plot.studio) this.bar.append(button("Figure …", () => this.chart && Plot.studio.open(this), { title: "Title, size and letters for a paper; SVG, PNG or PDF" }));
    frame.after(this.bar);
    new ResizeObserver(() => this.chart?.resize()).observe(frame);
    document.addEventListener("scheme", () => {
      this.chart?.setOption(onScreen(this.windowed(this.option)), { notMerge: true });
      this.chart?.resize();
    });
  }

  // points: of a scatter plot, kept for those who ask which lie where.
  show({ points = [], ...option }, description, onPoint = null) {
    this.points = points;
    if (this.chart === null) {
      this.chart = echarts.init(this.frame, null, { renderer: this.renderer });
      this.chart.on("click", (hit) => this.onPoint?.(hit));
      if (this.zoomed) this.chart.on("datazoom", () => this.sayZoom());
    }
    this.option = option;
    this.onPoint = onPoint;
    this.chart.setOption(onScreen(this.windowed(option)), { notMerge: true });
    this.frame.setAttribute("role", "img");
    this.frame.setAttribute("aria-label", description);
  }

  // Change some series of what is shown, by their names.
  change(series) {
    this.option = { ...this.option, series: this.option.series.map((one) => ({ ...one, ...series.find((other) => other.name === one.name) })) };
    this.chart.setOption(onScreen({ series }));
  }

  windowed(option) {
    if (!option.dataZoom) return option;
    const [x0, x1, y0, y1] = this.window;
    const [x, y] = option.dataZoom;
    return { ...option, dataZoom: [{ ...x, start: x0, end: x1 }, { ...y, start: y0, end: y1 }] };
  }

  // Show a part, without telling anyone.
  setWindow(shown) {
    this.window = shown ?? WHOLE;
    if (this.whole) this.whole.hidden = this.window.every((edge, i) => edge === WHOLE[i]);
  }

  zoomTo(shown) {
    this.setWindow(shown);
    this.chart?.setOption({ dataZoom: this.windowed(this.option).dataZoom });
    this.zoomed(this.window);
  }

  sayZoom() {
    const [x, y] = this.chart.getOption().dataZoom;
    this.setWindow([x.start, x.end, y.start, y.end].map((edge) => Math.round(edge * 10) / 10));
    this.zoomed(this.window);
  }

  // Half of what is shown, about `centre` (in percent of the axes), or about the middle.
  closer() {
    const [x0, x1, y0, y1] = this.window;
    const [x, y] = this.centre ?? [(x0 + x1) / 2, (y0 + y1) / 2];
    const part = (low, high, about) => {
      const wide = (high - low) / 2;
      const start = Math.max(0, Math.min(100 - wide, about - wide / 2));
      return [start, start + wide].map((edge) => Math.round(edge * 10) / 10);
    };
    this.zoomTo([...part(x0, x1, x), ...part(y0, y1, y)]);
  }

  // The next rectangle that is drawn over the plot selects points. Escape gives it up.
  select() {
    if (this.chart === null) return;
    const cover = make("div", "", { class: "selecting" });
    const box = make("div", "", { class: "rectangle", hidden: "" });
    cover.append(box);
    this.frame.append(cover);
    this.selects.setAttribute("aria-pressed", "true");
    let from = null;
    const end = () => {
      cover.remove();
      this.selects.setAttribute("aria-pressed", "false");
      document.removeEventListener("keydown", leave);
    };
    const leave = (event) => event.key === "Escape" && end();
    const at = (event) => {
      const { left, top } = this.frame.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    document.addEventListener("keydown", leave);
    cover.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      cover.setPointerCapture(event.pointerId);
      from = at(event);
    });
    cover.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const to = at(event);
      box.hidden = false;
      const [x, y] = [0, 1].map((i) => Math.min(from[i], to[i]));
      Object.assign(box.style, { left: `${x}px`, top: `${y}px`, width: `${Math.abs(to[0] - from[0])}px`, height: `${Math.abs(to[1] - from[1])}px` });
    });
    cover.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const corners = [from, at(event)].map((corner) => this.chart.convertFromPixel({ gridIndex: 0 }, corner));
      end();
      const [x, y] = [0, 1].map((i) => [Math.min(corners[0][i], corners[1][i]), Math.max(corners[0][i], corners[1][i])]);
      this.area({ x, y });
    });
  }

  take(kind) {
    if (this.chart === null) return;
    const [width, height] = [this.chart.getWidth(), this.chart.getHeight()];
    // What is zoomed stays zoomed.
    const option = { ...this.windowed(this.option), ...(this.simulated ? { graphic: SIMULATED } : {}), backgroundColor: "#fff" };
    if (kind === "SVG") {
      const drawn = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
      drawn.setOption(option);
      saveText(sizedSvg(drawn.renderToSVGString(), { width, height }, "px"), "image/svg+xml", `${this.name()}.svg`);
      drawn.dispose();
      return;
    }
    const place = make("div", "", { style: `width:${width}px;height:${height}px;position:absolute;left:-9999px` });
    document.body.append(place);
    const drawn = echarts.init(place, null, { renderer: "canvas", devicePixelRatio: 3 });
    drawn.setOption(option);
    save(drawn.getDataURL({ type: "png", pixelRatio: 3 }), "image/png", `${this.name()}.png`);
    drawn.dispose();
    place.remove();
  }
}
