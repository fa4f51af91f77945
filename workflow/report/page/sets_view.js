// Gene sets and regulators of one comparison.
"use strict";

class SetsView {
  constructor(page) {
    this.page = page;
    this.section = $("sets-body") ?? $("contrasts");
    this.keys = ["contrast"];
  }

  async draw() {
    await this.showSets();
    await this.showActivities();
  }

  async showActivities() {
    const body = $("activities-body");
    if (!body) return;
    const all = await this.page.genes.store.get("activities");
    const found = all[this.page.contrast.number];
    const several = new Set(found.top.map((one) => one.file)).size > 1;
    const p = (value) => (value === null ? "–" : pValue(value));
    $("activities-said").textContent = found.said;
    body.replaceChildren(...found.top.map((one) => {
      const row = make("tr");
      row.append(
        make("td", several ? `${one.name} (${one.file})` : one.name, { class: "wrap" }),
        make("td", number(one.size, 0), { class: "n" }),
        make("td", number(one.stat), { class: `n ${one.side}` }),
        make("td", p(one.p), { class: "n" }),
        make("td", p(one.adj), { class: "n" }),
        make("td", p(one.rotation), { class: "n" }),
        make("td", one.agree === null ? "–" : `${Math.round(one.agree * 100)}%`, { class: "n" }),
        make("td", one.stat === null ? "not tested: fewer than five targets" : one.hits, { class: "wrap quiet" }),
      );
      return row;
    }));
  }

  async showSets() {
    const body = $("sets-body");
    if (!body) return;
    const all = await this.page.genes.store.get("sets");
    const sets = all[this.page.contrast.number];
    $("sets-said").textContent = sets.said;
    body.replaceChildren(...sets.top.map((set) => {
      const row = make("tr");
      const name = make("td", set.name, { class: "wrap" });
      if (set.similar) {
        const folded = make("details");
        const more = set.similar - set.names.length;
        folded.append(
          make("summary", set.similar > 1 ? `${number(set.similar, 0)} similar sets` : "1 similar set", { class: "quiet" }),
          ...set.names.map((similar) => make("div", similar, { class: "quiet" })),
        );
        if (more > 0) folded.append(make("div", `and ${number(more, 0)} more`, { class: "quiet" }));
        name.append(folded);
      }
      const carrying = make("td", set.hits, { class: "wrap" });
      if (set.edge) {
        const more = set.edge > set.leading.split(", ").length ? ", …" : "";
        carrying.append(make("div", `leading edge, ${number(set.edge, 0)}: ${set.leading}${more}`, { class: "quiet" }));
      }
      row.append(
        name,
        make("td", number(set.size, 0), { class: "n" }),
        make("td", number(set.stat), { class: `n ${set.side}` }),
        make("td", number(set.nes), { class: "n" }),
        make("td", pValue(set.adj), { class: "n" }),
        make("td", `${Math.round(set.up * 100)}%`, { class: "n" }),
        carrying,
      );
      return row;
    }));
  }
}
