// Filters: the one that hides rows for everybody (basic filter), and filter views, which hide them only on this screen.
import * as api from "./api.js";
import { boxToA1, toBox, toGridRange } from "./a1.js";
import { byId, el } from "./dom.js";
import { closeMenu } from "./menus.js";

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
  const another = sheet.view !== (view ? view.filterViewId : null);
  sheet.view = view ? view.filterViewId : null;
  // The workspace works it out: a view's rule may be a formula.
  const path = `/spreadsheets/d/${encodeURIComponent(sheet.book.id)}/filter-view`;
  sheet.lookThrough(view && (await api.get(path, { filterView: String(view.filterViewId) })));
  sheet.layOut();
  page.selection.part(sheet);
  byId("view-name").textContent = view ? `Filter view: ${view.title}` : "";
  byId("view-bar").hidden = !view;
  if (another) page.grid.scroller.scrollTop = 0;
  page.grid.redraw();
  page.placeCharts();
}
