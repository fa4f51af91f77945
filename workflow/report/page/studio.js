// Where a plot becomes a figure: title, size, letters, names of genes, kind of file, with the figure as it will be.
"use strict";

const WIDTHS = { one: 85, middle: 114, two: 180 };

class Studio {
  constructor(page) {
    this.page = page;
    this.plot = null;
    this.form = null;
  }

  // The window, made when it is first asked for.
  build() {
    const field = (label, element, name) => {
      const held = make("label", label);
      element.name = name;
      held.append(element);
      return held;
    };
    const choice = (options, chosen) => {
      const select = make("select");
      for (const [value, text] of options) select.append(make("option", text, { value, ...(value === chosen ? { selected: "" } : {}) }));
      return select;
    };
    const figure = (value, min, max) => make("input", "", { type: "number", value, min, max, step: "1" });
    this.window = make("dialog", "", { id: "studio", "aria-labelledby": "studio-name" });
    this.form = make("form", "", { method: "dialog" });
    this.picture = make("img", "", { alt: "The figure as it will be saved" });
    this.status = make("p", "", { role: "status", class: "quiet" });
    const fields = make("div", "", { class: "chooser" });
    fields.append(
      field("Title", make("input", "", { maxlength: "120", autocomplete: "off" }), "title"),
      field("Width", choice([["one", "one column, 85 mm"], ["middle", "114 mm"], ["two", "two columns, 180 mm"]], "one"), "width"),
      field("Height, mm", figure(70, 30, 280), "height"),
      field("Letters", choice([6, 7, 8, 9, 10].map((size) => [String(size), `${size} pt`]), "8"), "points"),
      field("Font", choice([["sans", "Arial, Helvetica"], ["wide", "DejaVu Sans, Verdana"], ["serif", "Times"]], "sans"), "font"),
      field("Names", choice([["own", "as in the plot"], ["list", "genes of the list"], ["none", "none"]], "own"), "names"),
      field("PNG", choice([300, 600, 1200].map((dots) => [String(dots), `${dots} dpi`]), "300"), "dots"),
    );
    const buttons = make("p");
    for (const kind of ["SVG", "PNG", "PDF"]) buttons.append(button(`Save ${kind}`, () => this.save(kind), { "data-kind": kind }), " ");
    buttons.append(button("Close", () => this.window.close()));
    this.form.append(make("h2", "Figure", { id: "studio-name" }), fields, this.picture, this.status, buttons);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", (event) => {
      if (event.target.name === "height") this.chosen = true;
      if (["width", "points"].includes(event.target.name) && !this.chosen) this.fit();
      clearTimeout(this.later);
      this.later = setTimeout(() => this.draw(), 250);
    });
    this.window.append(this.form);
    this.window.addEventListener("close", () => this.forget());
    document.body.append(this.window);
  }

  open(plot) {
    if (!this.form) this.build();
    this.plot = plot;
    const { title, width } = this.form.elements;
    title.value = plot.option.title?.text ?? plot.titled?.() ?? "";
    width.value = plot.rows ? "two" : "one";
    this.chosen = false;
    this.fit();
    this.form.elements.names.parentElement.hidden = !plot.points.length;
    this.window.showModal();
    this.draw();
  }

  // The height that goes with the width: rows keep their height, other plots about their shape.
  fit() {
    const { height, width, points } = this.form.elements;
    const [wide, { chart, rows }] = [WIDTHS[width.value], this.plot];
    const shape = Math.max(0.6, Math.min(0.85, chart.getHeight() / chart.getWidth()));
    const high = rows ? paperHeight(chart.getHeight() + TITLE, Number(points.value)) : Math.round(wide * shape);
    height.value = String(Math.max(30, Math.min(280, high)));
  }

  get wanted() {
    const { title, width, height, points, font, dots } = this.form.elements;
    const high = Math.round(Number(height.value));
    return {
      title: title.value.trim(), font: font.value, dots: Number(dots.value), named: this.named,
      size: { width: WIDTHS[width.value], height: Math.max(30, Math.min(280, high || 70)), points: Number(points.value) },
    };
  }

  // Which genes of a scatter plot are named; null for those that it names itself.
  get named() {
    const { value } = this.form.elements.names;
    if (value === "own" || !this.plot.points.length) return null;
    const listed = new Set(value === "list" ? this.page.currentList().genes : []);
    return this.plot.points.filter((point) => listed.has(point.place)).map((point) => [point.x, point.y, this.page.genes.symbol(point.place)]);
  }

  get option() {
    return paperOption(this.plot.windowed(this.plot.option), this.wanted, this.plot.simulated);
  }

  draw() {
    const { size } = this.wanted;
    this.forget();
    this.picture.src = URL.createObjectURL(new Blob([paperSvg(this.option, size)], { type: "image/svg+xml" }));
    this.status.textContent = `${size.width} × ${size.height} mm. Letters stay letters in SVG and PDF.`;
  }

  forget() {
    if (this.picture.src) URL.revokeObjectURL(this.picture.src);
    this.picture.removeAttribute("src");
  }

  async save(kind) {
    const { title, font, dots, size } = this.wanted;
    const name = `${this.plot.name()}.${kind.toLowerCase()}`;
    if (kind === "PNG") {
      save(new Blob([await paperPng(this.option, size, dots)], { type: "image/png" }), "image/png", name);
      return;
    }
    const svg = paperSvg(this.option, size);
    if (kind === "SVG") {
      saveText(svg, "image/svg+xml", name);
      return;
    }
    this.status.textContent = "Making the PDF …";
    const { blob, odd } = await paperPdf(svg, size, font, title);
    this.status.textContent = odd ? `The fonts of a PDF have no “${odd}”: take the SVG, which a drawing program can save as PDF.` : "";
    if (blob) save(blob, "application/pdf", name);
  }
}
