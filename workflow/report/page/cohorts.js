// Genes over cohorts, as autocrine/page/cohort_genes.py packed them: effects in every cohort and what is taken together.
"use strict";

const POOL_NUMBERS = ["cohorts", "log2", "reach", "adj", "i2", "ahead", "common", "commonReach"];

class CohortGenes {
  constructor(meta, store) {
    this.meta = meta;
    this.store = store;
  }

  async load() {
    this.names = await this.store.get("names");
    [this.share, this.reach, this.apart] = await Promise.all(["share", "reach", "apart"].map((name) => this.store.get(name)));
    this.pools = await Promise.all(this.meta.pools.map(async (pool, i) => ({
      ...pool,
      columns: Object.fromEntries(await Promise.all(POOL_NUMBERS.map(async (name) => [name, await this.store.get(`p${i}.${name}`)]))),
    })));
  }

  symbol(place) {
    return this.names.names[place];
  }

  // The effects of a gene in the cohorts of a role; log2 is null where a cohort has none, and all are where the page does
  // not carry them. shown: places of the cohorts that are asked for.
  effects(place, role, shown) {
    if (place >= this.meta.carried) return null;
    return this.meta.roles[role].of
      .filter((row) => shown.has(this.meta.comparisons[row].cohort))
      .map((row) => {
        const at = row * this.meta.carried + place;
        const { cohort, said, unit } = this.meta.comparisons[row];
        const [share, reach] = [this.share.at(at), this.reach.at(at)];
        const log2 = share === null ? null : share * (reach ?? this.meta.scales[row]);
        const known = log2 !== null && reach !== null;
        return { cohort, said, unit, log2, low: known ? log2 - reach : null, high: known ? log2 + reach : null, apart: this.apart.at(at) === 1 };
      });
  }

  // What is taken together of a gene in a role: rows of all kinds of values, and of single kinds that are asked for.
  pooled(place, role, kinds, species) {
    return this.meta.roles[role].pools
      .map((number) => this.pools[number])
      .filter((pool) => species.has(pool.species) && (pool.kind === "all" || kinds.has(pool.kind)))
      .map((pool) => {
        const value = Object.fromEntries(POOL_NUMBERS.map((name) => [name, pool.columns[name].at(place)]));
        const common = value.log2 === null;
        const [log2, reach] = common ? [value.common, value.commonReach] : [value.log2, value.reach];
        const ends = log2 === null || reach === null ? [null, null] : [log2 - reach, log2 + reach];
        const ahead = common || value.ahead === null ? null : [log2 - value.ahead, log2 + value.ahead];
        return { said: pool.said, kind: pool.kind, cohorts: value.cohorts ?? 0, common, log2, low: ends[0], high: ends[1], adj: value.adj, i2: value.i2, ahead };
      })
      // One cohort of a kind is among the cohorts.
      .filter((pool) => pool.kind === "all" || pool.cohorts > 1);
  }
}

// Rows in the order that a reader asked for; those without a number last.
function orderEffects(rows, order) {
  if (order === "table") return rows;
  const key = order === "effect" ? (row) => -(row.log2 ?? -Infinity) : (row) => (row.low === null ? Infinity : row.high - row.low);
  return [...rows].sort((one, two) => key(one) - key(two) || 0);
}

// A gene in a sentence.
function describeCohorts(rows, pools, name) {
  if (rows === null) return `The effects of ${name} in single cohorts are not carried by this page, only what is taken together.`;
  const known = rows.filter((row) => row.log2 !== null);
  const up = known.filter((row) => row.log2 > 0).length;
  const clear = known.filter((row) => row.low !== null && (row.low > 0 || row.high < 0)).length;
  const counted = `${known.length} of ${rows.length} shown cohorts have an estimate: ${up} above zero, ${known.length - up} not above it; ${clear === 1 ? "one interval leaves" : `${clear} intervals leave`} out zero.`;
  return `${counted}${pools.some((pool) => !pool.common) ? "" : " Nothing is pooled: fewer than four cohorts of one kind have an estimate."}`;
}
