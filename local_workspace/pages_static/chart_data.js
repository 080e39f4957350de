// From a chart's specification and the values of its source ranges to plain numbers and labels to draw.
import { boxToA1, toBox } from "./a1.js";
import { PALETTE, styleCss } from "./colour.js";

function sourcesOf(data) {
  return data?.sourceRange?.sources ?? [];
}

function partsOf(spec) {
  if (spec.basicChart) {
    const basic = spec.basicChart;
    return [...(basic.domains ?? []).map((one) => one.domain), ...(basic.series ?? []).map((one) => one.series)];
  }
  if (spec.pieChart) return [spec.pieChart.domain, spec.pieChart.series];
  if (spec.scorecardChart) return [spec.scorecardChart.keyValueData, spec.scorecardChart.baselineValueData];
  return [];
}

/** Reads every range that the charts draw from, in two requests however many charts there are. */
export async function readSources(book, charts) {
  const ranges = new Map();
  for (const chart of charts) {
    for (const data of partsOf(chart.spec)) {
      for (const source of sourcesOf(data)) {
        const sheet = book.sheets.get(source.sheetId ?? 0);
        if (sheet) ranges.set(keyOf(source), { sheet, box: toBox(source, sheet.rowCount, sheet.columnCount) });
      }
    }
  }
  const wanted = [...ranges.values()].map(({ sheet, box }) => boxToA1(sheet.title, box));
  const [shown, plain] = await Promise.all([book.values(wanted), book.values(wanted, "UNFORMATTED_VALUE")]);
  const values = new Map();
  [...ranges.entries()].forEach(([key, { box }], i) => values.set(key, line(box, shown[i], plain[i])));
  return values;
}

function keyOf(source) {
  return JSON.stringify([
    source.sheetId ?? 0,
    source.startRowIndex,
    source.endRowIndex,
    source.startColumnIndex,
    source.endColumnIndex,
  ]);
}

/** A range as one line of {text, number}, along its longer side. */
function line(box, shown, plain) {
  const cells = [];
  const add = (r, c) => {
    const value = plain[r]?.[c];
    cells.push({ text: String(shown[r]?.[c] ?? ""), number: typeof value === "number" ? value : null });
  };
  if (box.right - box.left > box.bottom - box.top) {
    for (let c = 0; c < box.right - box.left; c += 1) add(0, c);
  } else {
    for (let r = 0; r < box.bottom - box.top; r += 1) add(r, 0);
  }
  return cells;
}

function valuesOf(values, data) {
  return sourcesOf(data).flatMap((source) => values.get(keyOf(source)) ?? []);
}

function basicOf(spec, values) {
  const basic = spec.basicChart;
  const domain = valuesOf(values, basic.domains?.[0]?.domain);
  const lines = (basic.series ?? []).map((one) => valuesOf(values, one.series));
  // Without a count of header rows the first row is one when it has no numbers and the rows below have.
  const guess = lines.every((cells) => cells[0]?.number === null && cells[0]?.text !== "") && lines.length ? 1 : 0;
  const headers = basic.headerCount ?? guess;
  const length = Math.max(domain.length, ...lines.map((cells) => cells.length));
  const kept = [];
  for (let i = headers; i < length; i += 1) {
    if (domain[i]?.text || lines.some((cells) => (cells[i]?.number ?? null) !== null)) kept.push(i);
  }
  const axis = (place) => (basic.axis ?? []).find((one) => one.position === place)?.title ?? "";
  return {
    kind: basic.chartType ?? "COLUMN",
    stacked: basic.stackedType ?? "NOT_STACKED",
    legend: basic.legendPosition,
    labels: kept.map((i) => domain[i]?.text ?? ""),
    series: lines.map((cells, n) => ({
      name: (headers ? cells.slice(0, headers).map((cell) => cell.text).join(" ") : "") || `Series ${n + 1}`,
      kind: basic.series[n].type,
      colour: styleCss(basic.series[n].colorStyle, basic.series[n].color) ?? PALETTE[n % PALETTE.length],
      numbers: kept.map((i) => cells[i]?.number ?? null),
      texts: kept.map((i) => cells[i]?.text ?? ""),
    })),
    bottom: axis("BOTTOM_AXIS"),
    left: axis("LEFT_AXIS"),
  };
}

function pieOf(spec, values) {
  const domain = valuesOf(values, spec.pieChart.domain);
  const series = valuesOf(values, spec.pieChart.series);
  const slices = [];
  series.forEach((cell, i) => {
    if (cell.number !== null && cell.number > 0) slices.push({ label: domain[i]?.text ?? "", number: cell.number, text: cell.text });
  });
  slices.forEach((slice, i) => (slice.colour = PALETTE[i % PALETTE.length]));
  return { kind: "PIE", hole: spec.pieChart.pieHole ?? 0, legend: spec.pieChart.legendPosition, slices };
}

const AGGREGATE = {
  SUM: (numbers) => numbers.reduce((sum, n) => sum + n, 0),
  AVERAGE: (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length,
  COUNT: (numbers) => numbers.length,
  MAX: (numbers) => Math.max(...numbers),
  MIN: (numbers) => Math.min(...numbers),
  MEDIAN: (numbers) => {
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  },
};

function scoreOf(spec, values) {
  const card = spec.scorecardChart;
  const one = (data) => {
    const cells = valuesOf(values, data).filter((cell) => cell.text !== "");
    if (!cells.length) return null;
    const numbers = cells.map((cell) => cell.number).filter((n) => n !== null);
    if (!card.aggregateType || cells.length === 1) return { text: cells[0].text, number: cells[0].number };
    if (!numbers.length) return null;
    const number = AGGREGATE[card.aggregateType]?.(numbers) ?? numbers[0];
    return { text: plainNumber(number), number };
  };
  return { kind: "SCORE", value: one(card.keyValueData), baseline: one(card.baselineValueData), difference: card.baselineValueFormat };
}

export function plainNumber(number) {
  return number.toLocaleString("en-GB", { maximumFractionDigits: 2 });
}

/** What to draw, or null for a kind of chart that these pages do not know. */
export function chartOf(spec, values) {
  const known = spec.basicChart ? basicOf : spec.pieChart ? pieOf : spec.scorecardChart ? scoreOf : null;
  return known ? { title: spec.title ?? "", subtitle: spec.subtitle ?? "", ...known(spec, values) } : null;
}

/** The chart in words, for those who cannot see it. */
export function inWords(chart) {
  if (chart.kind === "SCORE") {
    const beside = chart.baseline ? `, compared with ${chart.baseline.text}` : "";
    return chart.value ? `${chart.value.text}${beside}.` : "No value yet.";
  }
  if (chart.kind === "PIE") {
    const total = chart.slices.reduce((sum, slice) => sum + slice.number, 0);
    const share = (slice) => `${slice.label || "unnamed"}: ${slice.text} (${Math.round((100 * slice.number) / total)}%)`;
    return chart.slices.length ? `${chart.slices.map(share).join("; ")}.` : "No values yet.";
  }
  if (!chart.labels.length) return "No values yet.";
  return chart.series
    .map((series) => {
      const points = chart.labels.slice(0, 30).map((label, i) => `${label || "unnamed"}: ${series.texts[i] || "none"}`);
      const more = chart.labels.length > 30 ? `; and ${chart.labels.length - 30} more` : "";
      return `${series.name}: ${points.join("; ")}${more}.`;
    })
    .join(" ");
}
