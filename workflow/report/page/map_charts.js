// Samples among one another: components and distances, as options of ECharts; and the chosen sample in any plot of samples.
"use strict";

const SHAPES = ["circle", "triangle", "diamond", "rect", "pin", "arrow", "roundRect", "emptyCircle"];
const NEAR = ["#0B3D2E", "#44AA99", "#E8F3EC"];
// More names than these leave no room for one another.
const NAMES_SHOWN = 40;

// Where the distance of two samples is in the upper triangle, row by row.
function apartAt(count, one, other) {
  const [i, j] = one < other ? [one, other] : [other, one];
  return i * count - (i * (i + 1)) / 2 + (j - i - 1);
}

// The groups of a comparison as a column of the sheet, or what it measures.
function groupColumn(contrast, samples) {
  if (contrast.measurement) return { name: contrast.measurement.column, numbers: contrast.measurement.values };
  const level = new Array(samples).fill(-1);
  contrast.groups.forEach((group, place) => group.samples.forEach((sample) => { if (level[sample] < 0) level[sample] = place; }));
  return { name: "group", levels: contrast.groups.map((group) => group.name), level, unknown: "in no group of the comparison" };
}

// What a sample is in a column of the sheet, in words.
function valueOf(column, sample) {
  if (column.numbers) return column.numbers[sample] === null ? "not known" : number(column.numbers[sample], Math.abs(column.numbers[sample]) < 10 ? 2 : 0);
  return column.levels[column.level[sample]] ?? "not known";
}

// map: { samples, explained, at(row, component) }; axes: two components; colour, shape: columns or null; describe(sample):
// what the tooltip shows.
function mapOption(map, axes, colour, shape, describe) {
  const dots = map.samples.map((sample, row) => ({ sample, x: map.at(row, axes[0]), y: map.at(row, axes[1]) }));
  const named = (component) => `PC${component + 1} (${(100 * map.explained[component]).toFixed(0)} % of variance)`;
  const plain = [{ name: "samples", type: "scatter", symbolSize: 9, itemStyle: { color: "#5B7083" }, data: dots.map((dot) => ({ value: [dot.x, dot.y, dot.sample] })), z: 3 }];
  const series = (colour ? colouredSeries(dots, colour, () => false) : plain).map((one) => (shape ? {
    ...one,
    symbol: "circle",
    data: one.data.map((dot) => ({ ...dot, symbol: shape.level[dot.value[2]] < 0 ? "emptyCircle" : SHAPES[shape.level[dot.value[2]] % SHAPES.length] })),
  } : one));
  return {
    ...LOOK,
    points: dots,
    grid: { left: 56, right: colour?.numbers ? 84 : 18, top: colour?.levels ? 40 : 16, bottom: 48 },
    ...(colour?.levels ? { legend: { top: 4, left: 48, type: "scroll", itemHeight: 9, itemWidth: 9, textStyle: { color: COLOURS.ink } } } : {}),
    ...(colour?.numbers ? { visualMap: { ...scaleOf(colour), seriesIndex: 0 } } : {}),
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: (hit) => (hit.seriesType === "scatter" ? describe(hit.value[2]) : "") },
    xAxis: axis(named(axes[0]), { scale: true }),
    yAxis: axis(named(axes[1]), { scale: true, nameGap: 38 }),
    dataZoom: [
      { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
      { type: "inside", yAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
    ],
    series,
  };
}

// A plot of samples with the chosen one ringed and named. Its dots have the sample as third value.
function ringed(option, sample, name) {
  if (sample < 0) return option;
  const held = (option.series ?? []).filter((one) => one.type === "scatter").flatMap((one) => one.data.map((dot) => dot.value ?? dot));
  const data = held.filter((value) => value[2] === sample).map((value) => [value[0], value[1], sample]);
  if (!data.length) return option;
  const ring = {
    name: "chosen sample", type: "scatter", data, symbol: "circle", symbolSize: 17, z: 6, silent: true,
    itemStyle: { color: "transparent", borderColor: COLOURS.ink, borderWidth: 2 },
    label: { show: data.length < 4, formatter: name.replace(/[{}]/g, ""), position: "top", fontWeight: "bold", color: COLOURS.ink, ...HALO },
  };
  const { legend } = option;
  const names = option.series.map((one) => one.name).filter((one) => one && !one.startsWith("\0"));
  return { ...option, ...(legend && !legend.data ? { legend: { ...legend, data: names } } : {}), series: [...option.series, ring] };
}

// order: samples as they follow one another; apart(one, other): their distance; names: of all samples.
function distancesOption(order, apart, names, sample) {
  const data = order.flatMap((one, i) => order.map((other, j) => [j, i, one === other ? 0 : apart(one, other)]));
  const known = data.filter(([i, j]) => i !== j).map((cell) => cell[2]);
  const few = order.length <= NAMES_SHOWN;
  const label = (one) => ({ value: names[one], ...(one === sample ? { textStyle: { fontWeight: "bold", fontSize: 11, color: COLOURS.up } } : {}) });
  const category = { type: "category", data: order.map(label), axisTick: { show: false }, axisLabel: { show: few || sample >= 0, interval: few ? 0 : (i) => order[i] === sample, color: COLOURS.ink, fontSize: 9, width: 110, overflow: "truncate" } };
  return {
    ...LOOK,
    grid: { left: few ? 118 : 60, right: 12, top: 36, bottom: few ? 118 : 60 },
    tooltip: { trigger: "item", confine: true, renderMode: "richText", formatter: ({ value }) => (value[0] === value[1] ? names[order[value[1]]] : `${names[order[value[1]]]}\n${names[order[value[0]]]}\ndistance ${number(value[2], 1)}`) },
    xAxis: { ...category, axisLabel: { ...category.axisLabel, rotate: 90 } },
    yAxis: { ...category, inverse: true },
    visualMap: { type: "continuous", min: Math.min(...known), max: Math.max(...known), inRange: { color: NEAR }, orient: "horizontal", left: 8, top: 2, itemHeight: 120, itemWidth: 10, calculable: false, text: ["apart", "alike"], textStyle: { color: COLOURS.ink } },
    series: [{ type: "heatmap", data, emphasis: { disabled: true }, progressive: 0, progressiveThreshold: Infinity }],
  };
}
