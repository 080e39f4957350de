// Charts as inline SVG. Every chart carries its values in words, and every mark its own on hover.
import { chartOf, inWords, plainNumber, readSources } from "./chart_data.js";
import { svg, el } from "./dom.js";
import { textWidth } from "./paint.js";

const INK = "#333f48";
const SOFT = "#5b6770";
const LINE = "#d5dadd";
const FONT = { textFormat: { fontSize: 9 } };
let serial = 0;

function short(text, room) {
  if (textWidth(text, FONT) <= room) return text;
  let cut = text;
  while (cut.length > 1 && textWidth(`${cut}…`, FONT) > room) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
}

function words(text, x, y, more = {}) {
  return svg("text", { x, y, fill: INK, "font-size": 12, ...more }, text);
}

/** Round steps that cover low..high with about `count` of them. */
export function ticks(low, high, count = 5) {
  const span = high - low || 1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= raw - power * 1e-9);
  const first = Math.floor(low / step) * step;
  const list = [];
  for (let n = 0; first + n * step < high + step * 0.999; n += 1) list.push(Number((first + n * step).toPrecision(12)));
  return list;
}

function legendOf(items, place, width, height) {
  const group = svg("g", {});
  if (!items.length || place === "NO_LEGEND") return { group, right: 0, bottom: 0, top: 0 };
  const mark = (item, x, y, room) =>
    group.append(
      svg("rect", { x, y: y - 9, width: 10, height: 10, rx: 2, fill: item.colour }),
      words(short(item.name, room), x + 15, y),
    );
  if (place === "RIGHT_LEGEND" || place === "LEFT_LEGEND" || place === "LABELED_LEGEND") {
    const room = Math.min(Math.max(...items.map((item) => textWidth(item.name, FONT))) + 2, width * 0.38);
    items.forEach((item, i) => mark(item, width - room - 22, 62 + i * 20, room));
    return { group, right: room + 34, bottom: 0, top: 0 };
  }
  let x = 14;
  let row = 0;
  const spots = items.map((item) => {
    const size = Math.min(textWidth(item.name, FONT), width / 2) + 32;
    if (x + size > width - 8 && x > 14) {
      x = 14;
      row += 1;
    }
    const spot = { x, row };
    x += size;
    return spot;
  });
  const tall = (row + 1) * 18;
  const top = place === "TOP_LEGEND";
  items.forEach((item, i) => mark(item, spots[i].x, (top ? 56 : height - tall + 4) + spots[i].row * 18, width / 2));
  return { group, right: 0, bottom: top ? 0 : tall + 4, top: top ? tall + 4 : 0 };
}

function extent(chart) {
  let low = 0;
  let high = 0;
  const percent = chart.stacked === "PERCENT_STACKED";
  if (percent) return { low: 0, high: 1 };
  chart.labels.forEach((_, i) => {
    const numbers = chart.series.map((series) => series.numbers[i] ?? 0);
    if (chart.stacked === "STACKED") {
      high = Math.max(high, numbers.reduce((sum, n) => sum + Math.max(n, 0), 0));
      low = Math.min(low, numbers.reduce((sum, n) => sum + Math.min(n, 0), 0));
    } else {
      high = Math.max(high, ...numbers);
      low = Math.min(low, ...numbers);
    }
  });
  return { low, high: high === low ? high + 1 : high };
}

/** Where each mark of a bar-like series begins and ends on the value axis. */
function stacks(chart) {
  const base = chart.labels.map(() => 0);
  const totals = chart.labels.map((_, i) => chart.series.reduce((sum, series) => sum + (series.numbers[i] ?? 0), 0) || 1);
  return chart.series.map((series) =>
    chart.labels.map((_, i) => {
      const number = series.numbers[i] ?? 0;
      if (chart.stacked === "NOT_STACKED") return [0, number];
      const size = chart.stacked === "PERCENT_STACKED" ? number / totals[i] : number;
      const from = base[i];
      base[i] += size;
      return [from, base[i]];
    }),
  );
}

function axisText(chart) {
  const sample = chart.series.flatMap((series) => series.texts).find((text) => text) ?? "";
  if (chart.stacked === "PERCENT_STACKED") return (n) => `${Math.round(n * 100)}%`;
  if (/^-?£/.test(sample)) return (n) => `${n < 0 ? "-" : ""}£${plainNumber(Math.abs(n))}`;
  if (/%$/.test(sample)) return (n) => `${plainNumber(n * 100)}%`;
  return plainNumber;
}

function drawBasic(root, chart, width, height) {
  const across = chart.kind === "BAR";
  const items = chart.series.map((series) => ({ name: series.name, colour: series.colour }));
  const place = chart.legend ?? (items.length > 1 ? "BOTTOM_LEGEND" : "NO_LEGEND");
  const legend = legendOf(items, place, width, height);
  root.append(legend.group);
  const { low, high } = extent(chart);
  const steps = ticks(low, high);
  const [bottom, top] = [steps[0], steps.at(-1)];
  const tell = axisText(chart);
  const tickRoom = Math.max(...steps.map((n) => textWidth(tell(n), FONT)));
  const labelRoom = Math.max(0, ...chart.labels.map((label) => textWidth(label, FONT)));
  const plot = {
    left: 16 + (chart.left ? 18 : 0) + (across ? Math.min(labelRoom, width * 0.4) : tickRoom),
    top: 46 + (chart.subtitle ? 12 : 0) + legend.top,
    right: width - 16 - legend.right - (across ? tickRoom / 2 : 0),
  };
  const band = across ? 0 : (plot.right - plot.left) / Math.max(chart.labels.length, 1);
  const slanted = !across && labelRoom > band - 4;
  const below = across ? 20 : slanted ? Math.min(labelRoom * 0.71 + 12, height * 0.32) : 20;
  plot.bottom = height - 12 - legend.bottom - (chart.bottom ? 18 : 0) - below;
  const scale = across
    ? (n) => plot.left + ((n - bottom) / (top - bottom)) * (plot.right - plot.left)
    : (n) => plot.bottom - ((n - bottom) / (top - bottom)) * (plot.bottom - plot.top);
  for (const n of steps) {
    const at = scale(n);
    const line = across ? { x1: at, x2: at, y1: plot.top, y2: plot.bottom } : { x1: plot.left, x2: plot.right, y1: at, y2: at };
    root.append(svg("line", { ...line, stroke: n === 0 ? SOFT : LINE }));
    root.append(
      across
        ? words(tell(n), at, plot.bottom + 16, { "text-anchor": "middle", fill: SOFT })
        : words(tell(n), plot.left - 6, at + 4, { "text-anchor": "end", fill: SOFT }),
    );
  }
  const count = Math.max(chart.labels.length, 1);
  const slot = (across ? plot.bottom - plot.top : plot.right - plot.left) / count;
  const middle = (i) => (across ? plot.top : plot.left) + (i + 0.5) * slot;
  const every = Math.max(1, Math.ceil(14 / slot));
  chart.labels.forEach((label, i) => {
    if (i % every) return;
    if (across) root.append(words(short(label, width * 0.4), plot.left - 6, middle(i) + 4, { "text-anchor": "end" }));
    else if (slanted) {
      const [x, y] = [middle(i) + 4, plot.bottom + 12];
      root.append(words(short(label, below * 1.35), x, y, { "text-anchor": "end", transform: `rotate(-45 ${x} ${y})` }));
    } else root.append(words(label, middle(i), plot.bottom + 16, { "text-anchor": "middle" }));
  });
  if (chart.bottom) {
    root.append(words(chart.bottom, (plot.left + plot.right) / 2, height - legend.bottom - 8, { "text-anchor": "middle", fill: SOFT }));
  }
  if (chart.left) {
    const y = (plot.top + plot.bottom) / 2;
    root.append(words(chart.left, 14, y, { "text-anchor": "middle", fill: SOFT, transform: `rotate(-90 14 ${y})` }));
  }
  const stacked = stacks(chart);
  const barred = chart.series.filter((series) => isBar(series.kind ?? chart.kind));
  chart.series.forEach((series, n) => {
    const kind = series.kind ?? chart.kind;
    if (isBar(kind)) bars(root, chart, series, stacked[n], { across, scale, middle, slot, bars: barred });
    else curve(root, chart, series, stacked[n], { kind, scale, middle });
  });
}

function isBar(kind) {
  return kind === "COLUMN" || kind === "BAR" || kind === "COMBO";
}

function told(chart, series, i) {
  const name = chart.series.length > 1 ? `${series.name}, ` : "";
  return svg("title", {}, `${name}${chart.labels[i]}: ${series.texts[i]}`);
}

function bars(root, chart, series, spans, { across, scale, middle, slot, bars: barred }) {
  const beside = chart.stacked === "NOT_STACKED" ? barred.length : 1;
  const thick = Math.max(1, Math.min((slot * 0.72) / beside, 46));
  const offset = chart.stacked === "NOT_STACKED" ? (barred.indexOf(series) - (beside - 1) / 2) * thick : 0;
  spans.forEach(([from, to], i) => {
    if (series.numbers[i] === null) return;
    const [a, b] = [scale(from), scale(to)];
    const start = middle(i) + offset - thick / 2;
    const box = across
      ? { x: Math.min(a, b), y: start, width: Math.abs(b - a), height: thick }
      : { x: start, y: Math.min(a, b), width: thick, height: Math.abs(b - a) };
    root.append(svg("rect", { ...box, fill: series.colour, class: "bar" }, told(chart, series, i)));
  });
}

function curve(root, chart, series, spans, { kind, scale, middle }) {
  const points = [];
  series.numbers.forEach((number, i) => {
    if (number !== null) points.push({ x: middle(i), y: scale(spans[i][1]), base: scale(spans[i][0]), i });
  });
  const path = points.map(({ x, y }, n) => `${n ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  if ((kind === "AREA" || kind === "STEPPED_AREA") && points.length) {
    const back = [...points].reverse().map(({ x, base }) => `L${x.toFixed(1)} ${base.toFixed(1)}`).join("");
    root.append(svg("path", { d: `${path}${back}Z`, fill: series.colour, "fill-opacity": 0.3 }));
  }
  if (kind !== "SCATTER") root.append(svg("path", { d: path, fill: "none", stroke: series.colour, "stroke-width": 2.5, class: "curve" }));
  for (const { x, y, i } of points) {
    root.append(svg("circle", { cx: x, cy: y, r: 3.5, fill: series.colour, class: "point" }, told(chart, series, i)));
  }
}

function drawPie(root, chart, width, height) {
  const total = chart.slices.reduce((sum, slice) => sum + slice.number, 0);
  const items = chart.slices.map((slice) => ({ name: slice.label, colour: slice.colour }));
  const legend = legendOf(items, chart.legend ?? "RIGHT_LEGEND", width, height);
  root.append(legend.group);
  const top = 44 + legend.top + (chart.subtitle ? 12 : 0);
  const radius = Math.max(Math.min((width - legend.right) / 2 - 16, (height - top - legend.bottom - 12) / 2), 10);
  const [x, y] = [(width - legend.right) / 2, top + radius];
  const hole = radius * chart.hole;
  let angle = -Math.PI / 2;
  for (const slice of chart.slices) {
    const sweep = (slice.number / total) * 2 * Math.PI;
    const end = angle + sweep;
    const share = Math.round((100 * slice.number) / total);
    const title = svg("title", {}, `${slice.label}: ${slice.text} (${share}%)`);
    root.append(svg("path", { d: ring(x, y, radius, hole, angle, end), fill: slice.colour, stroke: "#fff", class: "slice" }, title));
    if (share >= 5) {
      const far = hole ? (radius + hole) / 2 : radius * 0.68;
      const at = (angle + end) / 2;
      root.append(
        words(`${share}%`, x + far * Math.cos(at), y + far * Math.sin(at) + 4, {
          "text-anchor": "middle",
          fill: "#fff",
          "font-weight": 700,
        }),
      );
    }
    angle = end;
  }
}

function ring(x, y, radius, hole, from, to) {
  // An arc cannot end where it begins: a whole circle stops just short of it.
  const end = Math.min(to, from + 2 * Math.PI - 1e-4);
  const point = (r, a) => `${(x + r * Math.cos(a)).toFixed(2)} ${(y + r * Math.sin(a)).toFixed(2)}`;
  const big = end - from > Math.PI ? 1 : 0;
  const outer = `M${point(radius, from)}A${radius} ${radius} 0 ${big} 1 ${point(radius, end)}`;
  return hole ? `${outer}L${point(hole, end)}A${hole} ${hole} 0 ${big} 0 ${point(hole, from)}Z` : `${outer}L${x} ${y}Z`;
}

function drawScore(root, chart, width, height) {
  const middle = { x: width / 2, "text-anchor": "middle" };
  const value = chart.value?.text ?? "No value";
  const size = Math.min(height * 0.34, 54, (width - 30) / Math.max(value.length * 0.6, 1));
  root.append(svg("text", { ...middle, y: height / 2 + size * 0.4 + 6, fill: INK, "font-size": size, "font-weight": 600, class: "score" }, value));
  if (chart.baseline && chart.value?.number !== null && chart.baseline.number !== null) {
    const change = chart.value.number - chart.baseline.number;
    const sign = change > 0 ? "▲" : change < 0 ? "▼" : "•";
    root.append(words(`${sign} ${plainNumber(Math.abs(change))}`, width / 2, height - 12, { "text-anchor": "middle", fill: SOFT, "font-size": 13 }));
  }
}

function draw(spec, values, width, height) {
  const chart = chartOf(spec, values);
  serial += 1;
  const [title, description] = [`chart${serial}-title`, `chart${serial}-words`];
  const named = chart?.title || spec.altText || "Chart";
  const root = svg(
    "svg",
    { role: "img", viewBox: `0 0 ${width} ${height}`, width, height, "aria-labelledby": title, "aria-describedby": description },
    svg("title", { id: title }, named),
    svg("desc", { id: description }, chart ? inWords(chart) : "This kind of chart is not drawn here."),
  );
  const room = width - 28;
  if (chart?.title) root.append(words(short(chart.title, room / 1.35), 14, 26, { "font-size": 16 }));
  if (!chart) {
    root.append(words("This kind of chart is not drawn in the local workspace.", 14, 56, { fill: SOFT }));
    return root;
  }
  if (chart.subtitle) root.append(words(short(chart.subtitle, room), 14, 43, { fill: SOFT }));
  const empty = chart.kind === "PIE" ? !chart.slices.length : chart.kind !== "SCORE" && !chart.labels.length;
  if (empty) root.append(words("No values yet", width / 2, height / 2, { "text-anchor": "middle", fill: SOFT }));
  else if (chart.kind === "PIE") drawPie(root, chart, width, height);
  else if (chart.kind === "SCORE") drawScore(root, chart, width, height);
  else drawBasic(root, chart, width, height);
  return root;
}

/** Draws a tab's charts over its cells, each where it is anchored. */
export async function drawCharts(sheet, layer) {
  if (!sheet.charts.length) {
    layer.replaceChildren();
    return;
  }
  const values = await readSources(sheet.book, sheet.charts);
  const base = sheet.top?.[sheet.frozenRows] ?? 0;
  layer.replaceChildren(
    ...sheet.charts.map((chart) => {
      const place = chart.position?.overlayPosition;
      const width = place?.widthPixels ?? 600;
      const height = place?.heightPixels ?? 371;
      const anchor = place?.anchorCell ?? {};
      const holder = el("div", { class: "chart" }, draw(chart.spec, values, width, height));
      const row = Math.min(anchor.rowIndex ?? 0, sheet.rowCount);
      const column = Math.min(anchor.columnIndex ?? 0, sheet.columnCount);
      holder.style.left = `${(sheet.left?.[column] ?? 0) + 46 + (place?.offsetXPixels ?? 0)}px`;
      holder.style.top = `${Math.max((row < sheet.rowCount ? sheet.topOf(row) : sheet.top[sheet.rowCount]) - base, 0) + (place?.offsetYPixels ?? 0)}px`;
      return holder;
    }),
  );
}
