// One gene over cohorts: its forest, what is taken together, and the same as tables.
"use strict";

// A row of so many pixels, for there may be hundreds.
const COHORT_ROW = 22;

class CohortForest {
  constructor(genes) {
    this.genes = genes;
    this.plot = new Plot($("gene-forest"), () => fileName(this.name ?? "gene", "cohorts"), { renderer: "svg", rows: true });
  }

  // place: of the gene; filter: see cohort_filter.js.
  draw(place, role, order, filter) {
    const { genes } = this;
    const { meta } = genes;
    const { unit } = meta.roles[role];
    this.name = genes.symbol(place);
    const rows = genes.effects(place, role, filter.shown);
    const pools = genes.pooled(place, role, filter.kinds, filter.species);
    const ordered = orderEffects(rows ?? [], order);
    $("gene-name").textContent = `${this.name}${genes.names.ids[place] === this.name ? "" : ` (${genes.names.ids[place]})`}`;
    $("gene-said").textContent = describeCohorts(rows, pools, this.name);
    const together = (pool) => `${pool.said}, ${meta.kindWords[pool.kind]}`;
    $("gene-pools").replaceChildren(...pools.map((pool) => this.poolRow(pool)));
    $("gene-cohorts").replaceChildren(...ordered.map((row) => this.cohortRow(row)));
    const grouped = new Set(ordered.map((row) => row.said)).size > 1;
    const side = (row) => (row.low === null ? "" : row.low > 0 ? "up" : row.high < 0 ? "down" : "");
    const drawn = [
      ...ordered.map((row) => ({ ...row, name: `${meta.cohorts[row.cohort].name}${grouped ? ` (${row.said})` : ""}`, side: side(row), open: row.apart, outcome: "no estimate", adj: null, margin: 0 })),
      ...pools.filter((pool) => pool.log2 !== null).map((pool) => ({ ...pool, name: `${pool.common ? "common" : "mean"} of ${pool.cohorts}: ${together(pool)}`, side: side(pool), symbol: "diamond", open: pool.common, outcome: "", margin: 0, adj: pool.common ? null : pool.adj })),
    ];
    // One scale for all: they are in one unit.
    const digits = findDigits(...drawn.flatMap((row) => [row.log2, row.low, row.high]));
    $("gene-forest").style.height = `${forestHeight(drawn.length, COHORT_ROW)}px`;
    this.show(
      forestOption(drawn.map((row) => ({ ...row, digits })), this.name, `log2 fold change${unit ? ` per ${unit}` : ""}, ${meta.confidence} interval`, COHORT_ROW),
      `Forest plot of ${this.name} in ${ordered.length} cohorts; the same numbers are in the tables beside it`,
    );
  }

  // What draws is unpacked for the first of them.
  async show(...asked) {
    this.asked = asked;
    await runLibraries(["echarts"]);
    if (this.asked !== asked) return;
    this.plot.chart?.resize();
    this.plot.show(...asked);
  }

  effect(row) {
    const cell = make("td");
    if (row.log2 === null) {
      cell.append(make("span", "no estimate", { class: "quiet" }));
      return cell;
    }
    const side = row.low > 0 ? "up" : row.low !== null && row.high < 0 ? "down" : "";
    const digits = findDigits(row.log2, row.low, row.high);
    cell.append(make("span", number(row.log2, digits), side ? { class: side } : {}));
    if (row.low !== null) cell.append(" ", make("span", `(${number(row.low, digits)} to ${number(row.high, digits)})`, { class: "quiet" }));
    return cell;
  }

  poolRow(pool) {
    const row = make("tr");
    const { kindWords } = this.genes.meta;
    row.append(make("td", pool.said), make("td", kindWords[pool.kind]), make("td", number(pool.cohorts, 0), { class: "n", "data-head": "Cohorts" }));
    const effect = this.effect(pool);
    if (pool.log2 !== null && pool.common) effect.append(" ", make("span", "common effect, describes", { class: "quiet" }));
    const ahead = pool.ahead === null ? "–" : pool.ahead.map((end) => number(end, findDigits(...pool.ahead))).join(" to ");
    row.append(effect, make("td", pool.common ? "–" : pValue(pool.adj), { class: "n", "data-head": "p adj" }), make("td", ahead, { "data-head": "A further cohort" }), make("td", pool.i2 === null ? "–" : `${Math.round(100 * pool.i2)}%`, { class: "n", "data-head": "I²" }));
    return row;
  }

  cohortRow(found) {
    const { meta } = this.genes;
    const cohort = meta.cohorts[found.cohort];
    const row = make("tr");
    row.append(make("td", cohort.name, { class: "wrap" }), make("td", meta.kindWords[cohort.kind]), make("td", found.said), this.effect(found));
    row.append(make("td", found.log2 === null ? "–" : found.apart ? "no" : "yes", { "data-head": "Taken together" }));
    return row;
  }
}
