// Two comparisons as a scatter plot, and the overlap of several, as options of ECharts.
"use strict";

const CROSSES = 60;
const PAIR_CLOUDS = [
  ["called in neither", COLOURS.neutral, 3, {}],
  ["first only", "#5B7083", 5, { symbol: "triangle" }],
  ["second only", "#999933", 5, { symbol: "diamond" }],
  ["higher in both", COLOURS.up, 5, {}],
  ["lower in both", COLOURS.down, 5, {}],
  ["called in both, otherwise", COLOURS.differs, 6, { symbol: "rect" }],
];

function cloudOf(a, b) {
  if (!isCalled(a) && !isCalled(b)) return 0;
  if (!isCalled(b)) return 1;
  if (!isCalled(a)) return 2;
  return a === b && a === "up" ? 3 : a === b && a === "down" ? 4 : 5;
}

function pairPoints(genes, one, other) {
  const [x, y] = [one, other].map((contrast) => genes.columns.get(contrast.number).log2.all());
  const [a, b] = [genes.kinds(one), genes.kinds(other)];
  const points = [];
  for (let place = 0; place < genes.count; place += 1) {
    if (Number.isNaN(x[place]) || Number.isNaN(y[place])) continue;
    points.push({ x: x[place], y: y[place], place, cloud: cloudOf(KINDS[a[place]], KINDS[b[place]]), panel: genes.panel.get(place)?.tier ?? "" });
  }
  return points;
}

// The intervals of some genes in both comparisons, as crosses.
function crosses(genes, one, other, places) {
  const lines = [];
  for (const place of places.slice(0, CROSSES)) {
    const [x, y] = [one, other].map((contrast) => genes.effect(contrast, place));
    if (x.log2 === null || y.log2 === null) continue;
    if (x.low !== null) lines.push({ coords: [[x.low, y.log2], [x.high, y.log2]] });
    if (y.low !== null) lines.push({ coords: [[x.log2, y.low], [x.log2, y.high]] });
  }
  return { name: "intervals", data: lines };
}

function pairOption(genes, one, other, shown, marked, label) {
  const points = pairPoints(genes, one, other);
  const [primary, chosen] = chosenSeries(points, shown);
  const name = (hit) => genes.symbol(hit.value[2]);
  // Small effects beside others have an axis of their own, and no diagonal.
  const apart = isSmall(one) || isSmall(other);
  const edge = (contrast, of) => points.reduce((most, point) => Math.max(most, of(point)), isSmall(contrast) ? 0 : 1) || 1;
  const [x, y] = ["x", "y"].map((name) => (point) => Math.abs(point[name]));
  const both = (point) => Math.max(x(point), y(point));
  const [wide, tall] = [edge(one, apart ? x : both), edge(other, apart ? y : both)].map((most) => roundUp(most * 1.02));
  return {
    ...LOOK,
    points,
    grid: { left: 56, right: 22, top: 58, bottom: 50 },
    legend: { top: 2, left: 48, itemHeight: 9, itemWidth: 9, itemGap: 10, textStyle: { color: COLOURS.ink, fontSize: 12 }, data: [...PAIR_CLOUDS.map(([called]) => called), "primary gene", "chosen gene"] },
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: (hit) => (hit.seriesType === "scatter" ? label(hit.value[2]) : "") },
    xAxis: axis(`first: ${one.title}, ${one.effectName}`, { min: -wide, max: wide }),
    yAxis: axis(`second: ${other.title}, ${other.effectName}`, { min: -tall, max: tall, nameGap: 34 }),
    dataZoom: [
      { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
      { type: "inside", yAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
    ],
    series: [
      ...PAIR_CLOUDS.map(([called, colour, size, more], number) => cloud(called, points.filter((p) => p.cloud === number).map((p) => [p.x, p.y, p.place]), colour, size, {
        ...more,
        ...(number ? {} : { markLine: dashed([{ xAxis: 0 }, { yAxis: 0 }, ...(apart ? [] : [[{ coord: [-wide, -tall] }, { coord: [wide, tall] }]])]) }),
      })),
      { ...crosses(genes, one, other, marked), type: "lines", coordinateSystem: "cartesian2d", polyline: true, silent: true, z: 3, lineStyle: { color: COLOURS.ink, width: 1, opacity: 0.7 } },
      {
        ...cloud(primary.name, primary.data, "transparent", 9, { itemStyle: { color: "transparent", borderColor: COLOURS.ink, borderWidth: 1.6 } }),
        label: { show: true, formatter: name, position: "right", fontSize: 11, color: COLOURS.ink, ...HALO }, labelLayout: { hideOverlap: true }, z: 4,
      },
      { ...cloud(chosen.name, chosen.data, COLOURS.ink, 12, { symbol: "diamond" }), label: { show: true, formatter: name, position: "top", fontWeight: "bold", color: COLOURS.ink, ...HALO }, z: 5 },
    ],
  };
}

// Bars of the largest overlaps, and below each which comparisons call its genes, and to which side (Lex et al. 2014, with
// direction).
function overlapOption(found, contrasts) {
  const shown = found.slice(0, OVERLAP_SHOWN);
  const names = contrasts.map((contrast) => `${contrast.modelTitle}: ${contrast.title}`);
  const bottom = 24 + 26 * contrasts.length;
  const mark = { up: ["triangle", 0, COLOURS.up], down: ["triangle", 180, COLOURS.down], differs: ["diamond", 0, COLOURS.differs], "": ["circle", 0, "#D5DAE0"] };
  const x = { type: "category", data: shown.map((_, i) => i), axisLabel: { show: false }, axisTick: { show: false } };
  return {
    ...LOOK,
    grid: [{ left: 250, right: 12, top: 26, bottom: bottom + 12 }, { left: 250, right: 12, height: 26 * contrasts.length, bottom: 16 }],
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: (hit) => (hit.seriesType === "bar" ? `${hit.value} genes` : names[hit.value[1]]) },
    xAxis: [{ ...x, gridIndex: 0 }, { ...x, gridIndex: 1, axisLine: { show: false } }],
    yAxis: [
      axis("genes", { gridIndex: 0, nameGap: 44 }),
      { type: "category", gridIndex: 1, inverse: true, data: names, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { width: 236, overflow: "truncate", color: COLOURS.ink, fontSize: 11 }, splitArea: { show: true } },
    ],
    series: [
      { type: "bar", xAxisIndex: 0, yAxisIndex: 0, data: shown.map((one) => one.places.length), itemStyle: { color: "#5B7083" }, barCategoryGap: "30%", label: { show: true, position: "top", fontSize: 10, color: COLOURS.ink } },
      ...["", "up", "down", "differs"].map((sign) => ({
        type: "scatter", name: sign, xAxisIndex: 1, yAxisIndex: 1, symbol: mark[sign][0], symbolRotate: mark[sign][1], symbolSize: sign ? 11 : 7, silent: true, itemStyle: { color: mark[sign][2] },
        data: shown.flatMap((one, i) => one.signs.map((held, j) => [i, j, held]).filter((cell) => cell[2] === sign).map((cell) => [cell[0], cell[1]])),
      })),
    ],
  };
}
