// Filters: the one that hides rows for everybody (basic filter), and filter views, which hide them only on this screen.
import { boxToA1, toBox, toGridRange } from "./a1.js";
import { byId, el, say } from "./dom.js";
import { closeMenu } from "./menus.js";

const DAY = 86_400_000;

/** The rules of a filter by column index, from either of the two forms the API gives. */
export function criteriaOf(filter) {
  const found = new Map();
  for (const [column, rule] of Object.entries(filter?.criteria ?? {})) found.set(Number(column), rule);
  for (const spec of filter?.filterSpecs ?? []) {
    if (spec.columnIndex !== undefined && spec.filterCriteria) found.set(spec.columnIndex, spec.filterCriteria);
  }
  return found;
}

/** "on" when the column is filtered, "off" when it could be, null for a cell without a filter button. */
export function filterAt(sheet, row, column) {
  const filter = sheet.basicFilter;
  if (!filter) return null;
  const box = toBox(filter.range ?? {}, sheet.rowCount, sheet.columnCount);
  if (row !== box.top || column < box.left || column >= box.right) return null;
  return criteriaOf(filter).has(column) ? "on" : "off";
}

function serialOf(text) {
  const uk = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const iso = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  const time = uk ? Date.UTC(uk[3], uk[2] - 1, uk[1]) : iso ? Date.UTC(iso[1], iso[2] - 1, iso[3]) : NaN;
  return Number.isNaN(time) ? Number(text) : (time - Date.UTC(1899, 11, 30)) / DAY;
}

const RELATIVE = { TODAY: 0, YESTERDAY: -1, TOMORROW: 1, PAST_WEEK: -7, PAST_MONTH: -30, PAST_YEAR: -365 };

function limit(value) {
  if (value?.relativeDate) {
    const now = new Date();
    return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / DAY + 25_569 + (RELATIVE[value.relativeDate] ?? 0);
  }
  return serialOf(value?.userEnteredValue ?? "");
}

const TESTS = {
  BLANK: (text) => text === "",
  NOT_BLANK: (text) => text !== "",
  TEXT_EQ: (text, plain, [a]) => text.toLowerCase() === a,
  TEXT_NOT_EQ: (text, plain, [a]) => text.toLowerCase() !== a,
  TEXT_CONTAINS: (text, plain, [a]) => text.toLowerCase().includes(a),
  TEXT_NOT_CONTAINS: (text, plain, [a]) => !text.toLowerCase().includes(a),
  TEXT_STARTS_WITH: (text, plain, [a]) => text.toLowerCase().startsWith(a),
  TEXT_ENDS_WITH: (text, plain, [a]) => text.toLowerCase().endsWith(a),
  NUMBER_EQ: (text, plain, words, [a]) => plain === a,
  NUMBER_NOT_EQ: (text, plain, words, [a]) => plain !== a,
  NUMBER_GREATER: (text, plain, words, [a]) => typeof plain === "number" && plain > a,
  NUMBER_GREATER_THAN_EQ: (text, plain, words, [a]) => typeof plain === "number" && plain >= a,
  NUMBER_LESS: (text, plain, words, [a]) => typeof plain === "number" && plain < a,
  NUMBER_LESS_THAN_EQ: (text, plain, words, [a]) => typeof plain === "number" && plain <= a,
  NUMBER_BETWEEN: (text, plain, words, [a, b]) => typeof plain === "number" && plain >= a && plain <= b,
  NUMBER_NOT_BETWEEN: (text, plain, words, [a, b]) => typeof plain === "number" && (plain < a || plain > b),
  DATE_EQ: (text, plain, words, [a]) => typeof plain === "number" && Math.floor(plain) === a,
  DATE_BEFORE: (text, plain, words, [a]) => typeof plain === "number" && plain < a,
  DATE_AFTER: (text, plain, words, [a]) => typeof plain === "number" && plain > a,
};

/** Whether a cell passes one rule, or null when the rule is of a kind that cannot be tested here. */
export function passes(rule, text, plain) {
  if (rule.hiddenValues?.includes(text)) return false;
  const condition = rule.condition;
  if (!condition?.type || condition.type === "CONDITION_TYPE_UNSPECIFIED") return true;
  const test = TESTS[condition.type];
  if (!test) return null;
  const values = condition.values ?? [];
  return test(text, plain, values.map((value) => (value.userEnteredValue ?? "").toLowerCase()), values.map(limit));
}

/** The rows that a filter view hides, worked out here because a view belongs to the one who looks. */
export async function rowsHiddenBy(sheet, view) {
  const box = toBox(view.range ?? {}, sheet.rowCount, sheet.columnCount);
  const range = boxToA1(sheet.title, box);
  const [[shown], [plain]] = await Promise.all([
    sheet.book.values([range]),
    sheet.book.values([range], "UNFORMATTED_VALUE"),
  ]);
  const hidden = new Set();
  const unknown = new Set();
  for (let r = box.top + 1; r < box.bottom; r += 1) {
    for (const [column, rule] of criteriaOf(view)) {
      const [i, j] = [r - box.top, column - box.left];
      const verdict = passes(rule, String(shown[i]?.[j] ?? ""), plain[i]?.[j]);
      if (verdict === null) unknown.add(rule.condition.type);
      else if (!verdict) hidden.add(r);
    }
  }
  return { hidden, unknown: [...unknown] };
}

/** The panel under a column's filter button: sort, and tick the values to show. */
export async function openFilter(page, column, button) {
  closeFilter();
  const { sheet } = page;
  const filter = sheet.basicFilter;
  const box = toBox(filter.range ?? {}, sheet.rowCount, sheet.columnCount);
  const [rows] = await sheet.book.values([boxToA1(sheet.title, { ...box, left: column, right: column + 1 })]);
  const length = box.bottom - box.top;
  const texts = Array.from({ length: length - 1 }, (_, i) => String(rows[i + 1]?.[0] ?? ""));
  const values = [...new Set(texts)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const criteria = criteriaOf(filter);
  const hidden = new Set(criteria.get(column)?.hiddenValues ?? []);
  const boxes = values.map((value) => {
    const tick = el("input", { type: "checkbox" });
    tick.checked = !hidden.has(value);
    return { value, tick, row: el("label", { class: "value" }, tick, value || "(blank)") };
  });
  const search = el("input", { type: "search", placeholder: "Search values", "aria-label": "Search values" });
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const one of boxes) one.row.hidden = !one.value.toLowerCase().includes(wanted);
  });
  const all = (on) => boxes.forEach((one) => !one.row.hidden && (one.tick.checked = on));
  const data = { ...box, top: box.top + 1 };
  const sort = (descending) => () => {
    closeFilter();
    page.act(() => page.changes.sort(sheet, data, column, descending), "Sorted.");
  };
  const apply = () => {
    const rule = { ...criteria.get(column), hiddenValues: boxes.filter((one) => !one.tick.checked).map((one) => one.value) };
    if (!rule.hiddenValues.length && !rule.condition) criteria.delete(column);
    else criteria.set(column, rule);
    closeFilter();
    const specs = [...criteria].map(([columnIndex, filterCriteria]) => ({ columnIndex, filterCriteria }));
    page.act(() => page.changes.filter(sheet, { range: toGridRange(sheet.id, box), filterSpecs: specs }), "Filtered.");
  };
  const small = (label, run) => el("button", { type: "button", class: "small", onclick: run }, label);
  const panel = el(
    "div",
    { class: "panel filter-panel", role: "dialog", "aria-label": "Filter this column" },
    el("div", { class: "row-of" }, small("Sort A–Z", sort(false)), small("Sort Z–A", sort(true))),
    search,
    el("div", { class: "row-of" }, small("Tick all", () => all(true)), small("Clear", () => all(false))),
    el("div", { class: "values", tabindex: 0, role: "group", "aria-label": "Values to show" }, ...boxes.map((one) => one.row)),
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "button", onclick: closeFilter }, "Cancel"),
      el("button", { type: "button", class: "main", onclick: apply }, "Show these"),
    ),
  );
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeFilter();
    if (event.key === "Enter" && event.target === search) apply();
    event.stopPropagation();
  });
  document.body.append(panel);
  const at = button.getBoundingClientRect();
  panel.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - panel.offsetWidth - 4))}px`;
  panel.style.top = `${Math.max(4, Math.min(at.bottom + 4, window.innerHeight - panel.offsetHeight - 4))}px`;
  current = { panel, page };
  search.focus();
}

let current = null;

function closeFilter() {
  if (!current) return;
  const { panel, page } = current;
  current = null;
  panel.remove();
  page.focusGrid();
}

document.addEventListener("pointerdown", (event) => {
  if (current && !current.panel.contains(event.target)) closeFilter();
});

/** Shows a filter view, or none when `view` is null. */
export async function useView(page, view) {
  const { sheet } = page;
  closeMenu();
  sheet.view = view ? view.filterViewId : null;
  sheet.hiddenByView = null;
  if (view) {
    const { hidden, unknown } = await rowsHiddenBy(sheet, view);
    sheet.hiddenByView = hidden;
    if (unknown.length) {
      say(`“${view.title}” has a rule (${unknown.join(", ")}) that this page cannot test; its other rules are applied.`, "error");
    }
  }
  sheet.layOut();
  byId("view-name").textContent = view ? `Filter view: ${view.title}` : "";
  byId("view-bar").hidden = !view;
  page.grid.scroller.scrollTop = 0;
  page.grid.redraw();
  page.placeCharts();
}
