// Hierarchical clustering of few rows, for the order of a heatmap.
"use strict";

// Root mean square difference of two rows over what both have; null where they share nothing.
function distance(one, other) {
  let [sum, shared] = [0, 0];
  for (let i = 0; i < one.length; i += 1) {
    if (one[i] === null || other[i] === null) continue;
    sum += (one[i] - other[i]) ** 2;
    shared += 1;
  }
  return shared ? Math.sqrt(sum / shared) : null;
}

// Average linkage (UPGMA; Sokal & Michener 1958) by chains of nearest neighbours (Murtagh 1983), in time n².
// rows: of numbers or null. Returns the merges, each { height, members }, and the order of the rows in the tree, in which the
// part of each merge that comes first has the lower mean. Rows that share no column with another are as far as the farthest.
function averageLinkage(rows) {
  const n = rows.length;
  const apart = rows.map((row, i) => Float64Array.from(rows, (other, j) => (i === j ? Infinity : distance(row, other) ?? NaN)));
  const farthest = apart.reduce((most, line) => line.reduce((high, d) => (Number.isFinite(d) && d > high ? d : high), most), 0);
  for (const line of apart) line.forEach((d, j) => { if (Number.isNaN(d)) line[j] = farthest; });
  const clusters = new Map(rows.map((row, i) => [i, [i]]));
  const mean = rows.map((row) => { const known = row.filter((v) => v !== null); return known.length ? known.reduce((a, b) => a + b, 0) / known.length : 0; });
  const level = (members) => members.reduce((sum, i) => sum + mean[i], 0) / members.length;
  const merges = [];
  let chain = [];
  while (clusters.size > 1) {
    if (!chain.length) chain = [clusters.keys().next().value];
    const tip = chain[chain.length - 1];
    const before = chain[chain.length - 2];
    // Of equals the one that the chain came from, or it would never end.
    let nearest = before ?? -1;
    for (const other of clusters.keys()) if (other !== tip && (nearest < 0 || apart[tip][other] < apart[tip][nearest])) nearest = other;
    if (nearest !== before) { chain.push(nearest); continue; }
    chain.length -= 2;
    const [a, b] = [Math.min(tip, nearest), Math.max(tip, nearest)];
    const [left, right] = [clusters.get(a), clusters.get(b)];
    merges.push({ height: apart[a][b], members: [...left, ...right].sort((i, j) => i - j) });
    for (const other of clusters.keys()) {
      if (other === a || other === b) continue;
      const joined = (left.length * apart[a][other] + right.length * apart[b][other]) / (left.length + right.length);
      apart[a][other] = joined;
      apart[other][a] = joined;
    }
    clusters.set(a, level(left) <= level(right) ? [...left, ...right] : [...right, ...left]);
    clusters.delete(b);
  }
  return { merges: merges.sort((one, other) => one.height - other.height), order: n ? clusters.values().next().value : [] };
}
