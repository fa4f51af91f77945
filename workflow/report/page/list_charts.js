// A list of genes as heatmap and as dots, as options of ECharts.
"use strict";

const HEAT_SHOWN = 200;
const DOTS_SHOWN = 30;
// Groups have hues that mean no direction (Tol's muted scheme without its blue and orange), and a sign each.
const GROUP_COLOURS = ["#117733", "#AA4499", "#5B7083", "#999933", "#882255", "#44AA99", "#332288", "#661100", "#DDCC77", "#CC6677"];
const GROUP_SIGNS = ["circle", "triangle", "diamond", "rect"];
const groupColour = (place) => GROUP_COLOURS[place % GROUP_COLOURS.length];
const groupSign = (place) => GROUP_SIGNS[(place + Math.floor(place / GROUP_COLOURS.length)) % GROUP_SIGNS.length];

const SHADES = ["#0072B2", "#8ABCDB", "#F7F7F7", "#EEAB76", "#D55E00"];
const DIFFERS = ["#F7F7F7", "#B59FCB", "#7A4FA3"];
// Signs of a cell: those of the panel's heatmap.
const MARKS = { up: "•", down: "•", differs: "•", same: "=", open: "", none: "" };

// Rows of the heatmap: effects of every comparison, or levels of samples about the mean of the gene over them.
function heatRows(genes, contrasts, places, samples) {
  if (!samples) return places.map((place) => contrasts.map((contrast) => genes.columns.get(contrast.number).log2.at(place)));
  return places.map((place) => {
    const levels = genes.levels(place);
    const mean = samples.reduce((sum, sample) => sum + levels[sample], 0) / (samples.length || 1);
    return samples.map((sample) => levels[sample] - mean);
  });
}

// rows: see heatRows; columns: [{ name, beside, digits (of its numbers, two if none are said) }]; marks: signs in cells, or null; measure: what a cell is; undirected:
// columns without direction, which have a colour of their own.
function heatOption({ rows, columns, names, marks, measure, undirected = new Set() }) {
  // One extreme value would leave all others pale.
  const most = (wanted) => {
    const values = rows.flatMap((row) => row.filter((value, j) => value !== null && wanted(j))).map(Math.abs).sort((a, b) => a - b);
    return values[Math.floor(values.length * 0.98)];
  };
  const reach = Math.max(0.5, Math.round((most((j) => !isSmall(columns[j])) ?? 1) * 2) / 2);
  // Columns of small effects (see words.js) have a scale of their own.
  const stretch = columns.map((column, j) => (isSmall(column) ? reach / (most((one) => one === j) || 1) : 1));
  const cells = (own) => rows.flatMap((row, i) => row.map((value, j) => [j, i, value === null ? "-" : value * stretch[j], marks?.[i][j] ?? "", value]).filter(([j, , value]) => value !== "-" && undirected.has(j) === own));
  const longest = Math.max(...names.map((name) => name.length), 4);
  const series = (name, data, visual) => ({
    name, type: "heatmap", data, encode: { x: 0, y: 1, value: 2 }, emphasis: { disabled: true },
    label: { show: marks !== null, formatter: (hit) => hit.value[3], color: COLOURS.ink, fontSize: 11 },
    itemStyle: { borderColor: "#fff", borderWidth: rows.length > 80 ? 0 : 1 }, ...visual,
  });
  const scale = { type: "continuous", dimension: 2, orient: "horizontal", calculable: false, itemHeight: 120, itemWidth: 10, textStyle: { color: COLOURS.ink } };
  const visualMap = [{ ...scale, seriesIndex: 0, min: -reach, max: reach, inRange: { color: SHADES }, text: [`${reach}`, `${measure}${columns.some(isSmall) ? ", small ones on a scale of their own" : ""}  −${reach}`], left: 8, top: 4 }];
  if (undirected.size) visualMap.push({ ...scale, show: false, seriesIndex: 1, min: 0, max: reach, inRange: { color: DIFFERS } });
  return {
    ...LOOK,
    grid: { left: Math.min(longest * 7 + 12, 150), right: 12, top: 34, bottom: columns.some((column) => column.name.length > 8) ? 190 : 60 },
    tooltip: {
      trigger: "item", confine: true, renderMode: "richText",
      formatter: (hit) => `${names[hit.value[1]]}\n${[columns[hit.value[0]].name, columns[hit.value[0]].beside].filter(Boolean).join("\n")}\n${number(hit.value[4], columns[hit.value[0]].digits)}`,
    },
    xAxis: { type: "category", data: columns.map((column) => column.name), axisTick: { show: false }, axisLabel: { rotate: 60, interval: columns.length > 70 ? "auto" : 0, color: COLOURS.ink, fontSize: 11, lineHeight: 12, width: 205, overflow: "break" }, splitArea: { show: true, areaStyle: { color: ["#c4cad1"] } } },
    yAxis: { type: "category", inverse: true, data: names, axisTick: { show: false }, axisLabel: { interval: names.length > 120 ? "auto" : 0, color: COLOURS.ink, fontSize: 11, width: 138, overflow: "truncate" } },
    visualMap,
    series: [series("directed", cells(false), {}), ...(undirected.size ? [series("undirected", cells(true), {})] : [])],
  };
}

const heatHeight = (rows) => 240 + Math.min(rows, HEAT_SHOWN) * (rows > 60 ? 14 : 19);

// Levels of every gene of a list in the groups of a comparison, side by side.
function dotsOption(genes, contrast, places, samples, measure) {
  const { groups } = contrast;
  const wide = 0.76 / groups.length;
  const levels = places.map((place) => genes.levels(place));
  const series = groups.map((group, g) => ({
    name: group.name,
    type: "scatter",
    symbol: groupSign(g),
    symbolSize: places.length > 15 ? 5 : 7,
    itemStyle: { color: groupColour(g), opacity: 0.85 },
    data: levels.flatMap((held, gene) => placeDots({ groups: [group] }, held).map((dot) => [gene + (g - (groups.length - 1) / 2) * wide + dot.x * wide * 1.4, dot.y, dot.sample, gene])),
  }));
  return {
    ...LOOK,
    grid: { left: 46, right: 12, top: 34, bottom: 66 },
    legend: { top: 2, left: 40, itemHeight: 9, itemWidth: 9, textStyle: { color: COLOURS.ink } },
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: (hit) => `${genes.symbol(places[hit.value[3]])}\n${samples[hit.value[2]].name}\n${hit.seriesName}: ${number(hit.value[1])}` },
    xAxis: { ...axis(""), min: -0.5, max: places.length - 0.5, interval: 0.5, splitLine: { show: false }, axisTick: { show: false }, axisLabel: { rotate: places.length > 8 ? 50 : 0, interval: 0, hideOverlap: false, color: COLOURS.ink, formatter: (v) => (Number.isInteger(v) ? genes.symbol(places[v] ?? 0).slice(0, 14) : "") } },
    yAxis: axis(measure.level, { min: measure.counted ? 0 : null, nameGap: 30 }),
    series,
  };
}
