// The effects of one gene in every comparison with their intervals, as options of ECharts.
"use strict";

// Room for a name of three lines.
const FOREST_ROW = 36;
const forestHeight = (rows, tall = FOREST_ROW) => 84 + rows * tall;

// rows: [{ name, log2, low, high, side, outcome, adj, margin, symbol, open, digits }], log2 null where there is no estimate, symbol
// a circle if none is said, open where the mark is not filled; title: the gene; axisName: what an effect is; tall: pixels of a
// row. Rows of small effects (see words.js) have a scale of their own, unless all have.
function forestOption(rows, title, axisName, tall = FOREST_ROW) {
  const known = rows.filter((row) => row.log2 !== null);
  const furthest = (held) => Math.max(0, ...held.map((row) => row.margin * 1.2), ...held.filter((row) => row.log2 !== null).flatMap((row) => [row.log2, row.low ?? row.log2, row.high ?? row.log2]).filter(Number.isFinite).map(Math.abs));
  const shared = rows.filter((row) => !isSmall(row));
  const reach = shared.length ? Math.max(0.5, furthest(shared)) : furthest(rows) || 0.5;
  const apart = shared.length > 0 && shared.length < rows.length;
  const at = (row, value) => (apart && isSmall(row) ? (value * reach) / (furthest([row]) || 1) : value);
  const colour = (row) => (row.side ? COLOURS[row.side] : COLOURS.soft);
  const effectText = (row) => {
    const digits = row.digits ?? findDigits(row.log2, row.low, row.high);
    return row.log2 === null ? row.outcome : `${number(row.log2, digits)}${row.low === null ? "" : ` (${number(row.low, digits)} to ${number(row.high, digits)})`}`;
  };
  const box = (row, i, api) => {
    const [left, middle] = api.coord([at(row, -row.margin), i]);
    const [right] = api.coord([at(row, row.margin), i]);
    return { type: "rect", shape: { x: left, y: middle - tall / 2, width: right - left, height: tall }, style: { fill: api.visual("color") } };
  };
  const line = (row, i, api) => {
    const [[x1, y], [x2]] = [api.coord([Math.max(at(row, row.low), -reach), i]), api.coord([Math.min(at(row, row.high), reach), i])];
    return { type: "line", shape: { x1, y1: y, x2, y2: y }, style: { stroke: api.visual("color"), lineWidth: 2 } };
  };
  // Colours are in the data, where those of the dark scheme take their places.
  const drawn = (make, wanted, tint) => ({ type: "custom", silent: true, data: rows.map((row, i) => ({ value: [0, i], itemStyle: { color: tint(row) } })), renderItem: ({ dataIndex }, api) => (wanted(rows[dataIndex]) ? make(rows[dataIndex], dataIndex, api) : null) });
  const mark = { type: "scatter", symbolSize: 9, data: known.map((row) => ({ value: [at(row, row.log2), rows.indexOf(row)], ...(row.symbol ? { symbol: row.symbol, symbolSize: 12 } : {}), itemStyle: { color: row.side && !row.open ? colour(row) : "#fff", borderColor: colour(row), borderWidth: 1.5 } })), z: 4 };
  return {
    ...LOOK,
    title: { text: title, left: 4, top: 0, textStyle: { fontSize: 13, color: COLOURS.ink } },
    grid: [{ left: 236, right: 226, top: 40, bottom: 44 }],
    tooltip: { show: false },
    xAxis: axis(apart ? `${axisName}; small ones, as per unit, on a scale of their own` : axisName, { min: -reach, max: reach, axisLabel: { color: "#52606D", hideOverlap: true, formatter: (value) => number(value, Math.max(1, findDigits(reach) - 1)), showMinLabel: false, showMaxLabel: false } }),
    yAxis: [
      { type: "category", inverse: true, data: rows.map((row) => row.name), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: COLOURS.ink, fontSize: 11, lineHeight: 12, width: 224, overflow: tall < FOREST_ROW ? "truncate" : "break", interval: 0 } },
      { type: "category", inverse: true, position: "right", data: rows.map((row, i) => `${i}`), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: COLOURS.ink, fontSize: 11, interval: 0, formatter: (i) => `${effectText(rows[i])}${rows[i].adj === null ? "" : `   p ${pValue(rows[i].adj)}`}` } },
    ],
    series: [
      { ...drawn(box, () => true, () => "#E4E7EB"), z: 1 },
      { type: "line", data: [], silent: true, markLine: { ...dashed([{ xAxis: 0 }]), lineStyle: { color: "#7B8794", type: "solid", width: 1 } }, z: 2 },
      { ...drawn(line, (row) => row.log2 !== null && row.low !== null, colour), z: 3 },
      mark,
      // The second column of words needs a series of its own.
      { type: "scatter", yAxisIndex: 1, data: [], silent: true },
    ],
  };
}
