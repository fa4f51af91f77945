// What the plots show, as options of ECharts. One meaning per colour throughout: see figures/style.py.
"use strict";

const COLOURS = { up: "#D55E00", down: "#0072B2", neutral: "#B8BDC4", ink: "#1F2933", differs: "#7A4FA3", soft: "#616E7C", line: "#D5DAE0" };
// Names of fonts are in single quotes: in an SVG they are inside double ones.
const LOOK = {
  animation: false,
  textStyle: { fontFamily: "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif", color: COLOURS.ink },
};
// A name that lies over points stays readable.
const HALO = { textBorderColor: "#fff", textBorderWidth: 3 };
// Where 0, 10, 100 and so on lie on an axis of log10(count + 1).
const DECADES = [0, ...Array.from({ length: 7 }, (_, power) => Math.log10(10 ** (power + 1) + 1))];
const SPREAD = 0.5;
const JOINED_SPREAD = 0.26;

function axis(name, more = {}) {
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: COLOURS.ink },
    axisLine: { show: true, onZero: false, lineStyle: { color: "#7B8794" } },
    axisLabel: { color: "#52606D", hideOverlap: true },
    splitLine: { lineStyle: { color: "#EEF1F4" } },
    ...more,
  };
}

// From so many points on ECharts draws them as one path, from numbers in one array, which takes half the time.
const LARGE = 3000;

// Points of one kind; what is called lies above what is not.
function cloud(name, points, colour, size, more = {}) {
  const large = points.length > LARGE;
  return {
    name,
    type: "scatter",
    ...(large ? { dimensions: ["x", "y", "place"], encode: { x: "x", y: "y" }, data: Float64Array.from(points.flat()) } : { data: points }),
    symbolSize: size,
    itemStyle: { color: colour, opacity: 0.75 },
    large,
    largeThreshold: LARGE,
    // At once: in parts a plot is painted again for each.
    progressive: 0,
    emphasis: { disabled: true },
    ...more,
  };
}

// The series that another chosen gene changes: it lies above the primary genes, and is named once.
function chosenSeries(points, shown) {
  const data = (held) => held.map((p) => [p.x, p.y, p.place]);
  return [
    { name: "primary gene", data: data(points.filter((p) => p.panel === "primary" && p.place !== shown)) },
    { name: "chosen gene", data: data(points.filter((p) => p.place === shown)) },
  ];
}

// points: [{x, y, place, side (of what is called), panel (its tier)}]; shown: the chosen gene's place, or -1.
// name, label: what a gene is called beside its point, and what is said where the pointer is on it.
function scatterOption(points, xAxis, yAxis, contrast, shown, name, label, marks) {
  const of = (side) => points.filter((p) => p.side === side).map((p) => [p.x, p.y, p.place]);
  const panel = points.filter((p) => p.panel && p.panel !== "primary").map((p) => [p.x, p.y, p.place]);
  const [primary, chosen] = chosenSeries(points, shown);
  return {
    ...LOOK,
    points,
    grid: { left: 56, right: 22, top: 80, bottom: 46 },
    legend: { top: 4, left: 48, itemHeight: 9, itemWidth: 9, itemGap: 12, textStyle: { color: COLOURS.ink, fontSize: 12 } },
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: (hit) => label(hit.value[2]) },
    xAxis,
    yAxis,
    dataZoom: [
      { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
      { type: "inside", yAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
    ],
    series: [
      cloud("not called", of(""), COLOURS.neutral, 3, { markLine: marks }),
      ...contrast.sides.map(({ side, name }) => cloud(name, of(side), COLOURS[side], 4.5)),
      cloud("panel gene", panel, "transparent", 8, { itemStyle: { color: "transparent", borderColor: COLOURS.ink, borderWidth: 0.8, opacity: 0.55 } }),
      {
        ...cloud(primary.name, primary.data, "transparent", 9, { itemStyle: { color: "transparent", borderColor: COLOURS.ink, borderWidth: 1.6 } }),
        label: { show: true, formatter: (hit) => name(hit.value[2]), position: "right", fontSize: 11, color: COLOURS.ink, ...HALO },
        labelLayout: { hideOverlap: true },
        z: 4,
      },
      {
        ...cloud(chosen.name, chosen.data, COLOURS.ink, 12, { symbol: "diamond" }),
        label: { show: true, formatter: (hit) => name(hit.value[2]), position: "top", fontWeight: "bold", color: COLOURS.ink, ...HALO },
        z: 5,
      },
    ],
  };
}

function dashed(lines) {
  return {
    silent: true,
    symbol: "none",
    // Two decimals, which ECharts takes by default, would put a margin per unit at zero.
    precision: -1,
    label: { show: false },
    lineStyle: { color: "#9AA5B1", type: "dashed", width: 1 },
    data: lines,
  };
}

// genes: see genes.js; contrast: see app.js.
function volcanoOption(genes, contrast, shown, label, margin) {
  const points = [];
  let highest = 1;
  for (let place = 0; place < genes.count; place += 1) {
    const found = genes.point(contrast, place);
    if (found === null || found.p === null) continue;
    const decades = -Math.log10(Math.max(found.p, 1e-300));
    highest = Math.max(highest, decades);
    points.push({ x: found.log2, y: decades, place, side: found.side, panel: found.panel });
  }
  return scatterOption(
    points,
    axis(contrast.effectName),
    axis("−log10 of the p-value", { min: 0, max: Math.ceil(highest * 1.04) }),
    contrast,
    shown,
    (place) => genes.symbol(place),
    label,
    dashed([{ xAxis: -margin }, { xAxis: margin }]),
  );
}

function meanDifferenceOption(genes, contrast, shown, label) {
  const points = [];
  const { counted, mean } = genes.meta.measure;
  for (let place = 0; place < genes.count; place += 1) {
    const found = genes.point(contrast, place);
    if (found === null || (counted && !(found.mean > 0))) continue;
    points.push({ x: counted ? Math.log10(found.mean + 1) : found.mean, y: found.log2, place, side: found.side, panel: found.panel });
  }
  return scatterOption(
    points,
    !counted ? axis(mean, { scale: true }) : axis(mean, { axisLabel: { customValues: DECADES, formatter: (v) => number(10 ** v - 1, 0), color: "#52606D", hideOverlap: true }, axisTick: { customValues: DECADES } }),
    axis(contrast.effectName, { nameGap: 36 }),
    contrast,
    shown,
    (place) => genes.symbol(place),
    label,
    dashed([{ yAxis: 0 }]),
  );
}

function histogramOption(genes, contrast) {
  const bins = new Array(20).fill(0);
  for (let place = 0; place < genes.count; place += 1) {
    const found = genes.point(contrast, place);
    if (found !== null && found.p !== null) bins[Math.min(Math.floor(found.p * 20), 19)] += 1;
  }
  return {
    ...LOOK,
    grid: { left: 56, right: 12, top: 16, bottom: 46 },
    tooltip: { trigger: "item", renderMode: "richText", formatter: (hit) => `p ${hit.dataIndex / 20} to ${(hit.dataIndex + 1) / 20}: ${hit.value} genes` },
    xAxis: { ...axis("p-value"), type: "category", data: bins.map((_, i) => (i / 20).toFixed(2)), axisTick: { show: false }, axisLabel: { interval: 3, color: "#52606D" } },
    yAxis: axis("genes", { nameGap: 42 }),
    series: [{ type: "bar", data: bins, barCategoryGap: "6%", itemStyle: { color: "#7B8FA3" } }],
  };
}

// Where every sample's dot is. In a group neighbours in level are moved apart by steps of the golden section, which
// leave no two of them at one place; chance has no part in it.
function placeDots(contrast, levels) {
  if (contrast.measurement) {
    return contrast.measurement.values
      .map((x, place) => ({ sample: place, x, y: levels[place] }))
      .filter((dot) => dot.x !== null);
  }
  const spread = contrast.joined ? JOINED_SPREAD : SPREAD;
  return contrast.groups.flatMap((group, place) => {
    const order = [...group.samples].sort((one, two) => levels[one] - levels[two]);
    return order.map((sample, rank) => ({
      sample,
      x: place + (order.length > 1 ? spread * (((0.5 + 0.618034 * rank) % 1) - 0.5) : 0),
      y: levels[sample],
    }));
  });
}

// A fitted curve with the band of its intervals, about the mean level; curve: see genes.js.
function curveSeries(curve, middle) {
  const edge = curve.map(([x, height, reach]) => [x, middle + height + reach]);
  const back = curve.map(([x, height, reach]) => [x, middle + height - reach]).reverse();
  return [
    {
      type: "custom",
      silent: true,
      z: 0,
      data: [0],
      // One grey for light and dark: what a function draws knows no scheme.
      renderItem: (_, api) => ({
        type: "polygon",
        shape: { points: [...edge, ...back].map((point) => api.coord(point)) },
        style: { fill: "#7B8794", opacity: 0.22 },
      }),
    },
    {
      type: "line",
      smooth: 0.4,
      silent: true,
      symbol: "none",
      z: 2,
      data: curve.map(([x, height]) => [x, middle + height]),
      lineStyle: { color: COLOURS.ink, width: 2 },
    },
  ];
}

// The scale of a column of numbers, beside the plot.
function scaleOf(column) {
  const known = column.numbers.filter((value) => value !== null);
  const [min, max] = [Math.min(...known), Math.max(...known)];
  return {
    type: "continuous", dimension: 3, min, max, inRange: { color: ["#E8F3EC", "#44AA99", "#0B3D2E"] },
    right: 4, top: 40, itemHeight: 110, itemWidth: 10, text: [`${column.name.slice(0, 12)}\n${number(max)}`, number(min)], textStyle: { color: COLOURS.ink, fontSize: 11 },
  };
}

// Where the series of dots is: after a curve, the lines of patients and the means.
const colourAt = (fitted) => fitted.length + 2;

// levels: of all samples, log2 of normalised counts per million plus one, or what else measure says; names: what a sample is
// called; colour: a column of the sheet, or null.
function samplesOption(contrast, levels, names, patients, title, curve, measure, colour = null) {
  const dots = placeDots(contrast, levels);
  const middle = dots.reduce((sum, dot) => sum + dot.y, 0) / (dots.length || 1);
  const fitted = curve.length ? curveSeries(curve, middle) : [];
  const byPatient = new Map();
  if (contrast.joined) {
    for (const dot of dots) {
      if (patients[dot.sample]) byPatient.set(patients[dot.sample], [...(byPatient.get(patients[dot.sample]) ?? []), dot]);
    }
  }
  const joined = [...byPatient.values()]
    .filter((held) => held.length > 1)
    .map((held) => ({ coords: held.sort((one, two) => one.x - two.x).map((dot) => [dot.x, dot.y]) }));
  const means = contrast.measurement ? [] : contrast.groups.map((group, place) => {
    const mean = group.samples.reduce((sum, sample) => sum + levels[sample], 0) / (group.samples.length || 1);
    return { coords: [[place - 0.3, mean], [place + 0.3, mean]] };
  });
  const dot = (held) => held.map((one) => [one.x, one.y, one.sample]);
  const bottom = Math.min(...dots.map((one) => one.y), ...curve.map(([, height, reach]) => middle + height - reach));
  const top = Math.max(1, ...dots.map((one) => one.y), ...curve.map(([, height, reach]) => middle + height + reach));
  const xAxis = contrast.measurement
    ? axis(contrast.measurement.column, { scale: true, splitLine: { show: false } })
    : {
      ...axis(""),
      min: -0.5,
      max: contrast.groups.length - 0.5,
      interval: 0.5,
      splitLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        color: COLOURS.ink,
        interval: 0,
        hideOverlap: false,
        lineHeight: 15,
        formatter: (v) => (contrast.groups[v] ? `${contrast.groups[v].label}\nn = ${contrast.groups[v].samples.length}` : ""),
      },
    };
  return {
    ...LOOK,
    title: { text: title, left: 4, top: 0, textStyle: { fontSize: 13, color: COLOURS.ink } },
    grid: { left: 46, right: colour?.numbers ? 76 : 12, top: colour?.levels ? 52 : 30, bottom: contrast.measurement ? 46 : 24 + 15 * Math.max(2, ...contrast.groups.map((group) => group.label.split("\n").length + 1)) },
    ...(colour?.levels ? { legend: { top: 20, left: 40, type: "scroll", itemHeight: 9, itemWidth: 9, textStyle: { color: COLOURS.ink } } } : {}),
    ...(colour?.numbers ? { visualMap: { ...scaleOf(colour), seriesIndex: colourAt(fitted) } } : {}),
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: (hit) => (hit.seriesType === "scatter" ? `${names[hit.value[2]]}\n${measure.counted ? `${number(2 ** hit.value[1] - 1)} per million` : number(hit.value[1])}` : "") },
    xAxis,
    yAxis: axis(measure.level, { min: measure.counted ? 0 : Math.floor(bottom * 2 - 0.2) / 2, max: Math.ceil((measure.counted ? top * 1.05 : top + 0.1) * 2) / 2, nameGap: 30 }),
    series: [
      ...fitted,
      { type: "lines", coordinateSystem: "cartesian2d", polyline: true, data: joined, lineStyle: { color: "#B8C1CB", width: 1, opacity: 1 }, silent: true, z: 1 },
      { type: "lines", coordinateSystem: "cartesian2d", polyline: true, data: means, lineStyle: { color: COLOURS.ink, width: 2.5, opacity: 1 }, silent: true, z: 2 },
      ...(colour ? colouredSeries(dots, colour, (one) => measure.counted && !(one.y > 0)) : [{ name: "counted", type: "scatter", data: dot(dots.filter((one) => !measure.counted || one.y > 0)), symbolSize: 8, itemStyle: { color: "#5B7083", borderColor: "#fff", borderWidth: 0.6 }, z: 3 },
      { name: "no count", type: "scatter", data: dot(dots.filter((one) => measure.counted && !(one.y > 0))), symbolSize: 7, itemStyle: { color: "#fff", borderColor: "#5B7083", borderWidth: 1.2 }, z: 3 }]),
    ],
  };
}
