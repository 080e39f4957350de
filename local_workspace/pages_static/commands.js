// What the menus offer, for the cells, rows, columns or tab that are chosen.
import * as api from "./api.js";
import { boxName, columnLetter, toBox, toGridRange } from "./a1.js";
import { asked, confirmed, shown } from "./dialogs.js";
import { attempt, el } from "./dom.js";
import { useView } from "./filters.js";
import { download, share } from "./sharing.js";

const count = (n, word) => (n === 1 ? word : `${n} ${word}s`);

/** The rows beneath the frozen headings, down to the end: what "sort the sheet" sorts. */
function dataBox(sheet) {
  if (sheet.basicFilter) {
    const box = toBox(sheet.basicFilter.range ?? {}, sheet.rowCount, sheet.columnCount);
    return { ...box, top: box.top + 1 };
  }
  return { ...sheet.whole, top: sheet.frozenRows };
}

function sortItems(page) {
  const { sheet, selection } = page;
  const { box, column } = selection;
  const letter = columnLetter(column);
  const view = sheet.filterViews.find((one) => one.filterViewId === sheet.view);
  const sortSheet = (descending) => () =>
    view
      ? page.act(() => page.changes.sortView(view, column, descending), `Sorted this view by column ${letter}.`)
      : page.act(() => page.changes.sort(sheet, dataBox(sheet), column, descending), `Sorted by column ${letter}.`);
  const sortBox = (descending) => () =>
    page.act(() => page.changes.sort(sheet, box, column, descending), `Sorted ${boxName(box)}.`);
  const many = box.bottom - box.top > 1 && selection.kind === "cells" && !view;
  const what = view ? "view" : "sheet";
  return [
    { label: `Sort ${what} by column ${letter}, A to Z`, run: sortSheet(false) },
    { label: `Sort ${what} by column ${letter}, Z to A`, run: sortSheet(true) },
    { label: "Sort chosen cells, A to Z", run: sortBox(false), off: !many },
    { label: "Sort chosen cells, Z to A", run: sortBox(true), off: !many },
  ];
}

function dimensionItems(page, rows) {
  const { sheet } = page;
  const { box } = page.selection;
  const dimension = rows ? "ROWS" : "COLUMNS";
  const word = rows ? "row" : "column";
  const [first, end] = rows ? [box.top, box.bottom] : [box.left, box.right];
  const total = rows ? sheet.rowCount : sheet.columnCount;
  const n = end - first;
  // "Up" on the screen is elsewhere in the sheet.
  const sorted = rows && Boolean(sheet.order);
  const change = (make, told) => () => page.act(make, told);
  const [before, after] = rows ? ["above", "below"] : ["to the left", "to the right"];
  const { changes } = page;
  const hiddenNear = [];
  const hidden = (i) => (rows ? sheet.rowMetadata?.[i]?.hiddenByUser : sheet.hiddenColumn(i));
  for (let i = Math.max(0, first - 1); i < Math.min(total, end + 1); i += 1) {
    // A run of hidden rows touching the chosen ones is shown again as a whole.
    if (!hidden(i)) continue;
    let [a, b] = [i, i + 1];
    while (a > 0 && hidden(a - 1)) a -= 1;
    while (b < total && hidden(b)) b += 1;
    hiddenNear.push([a, b]);
    i = b;
  }
  return {
    insert: [
      {
        label: `Insert ${count(n, word)} ${before}`,
        run: change(() => changes.insert(sheet, dimension, first, n, false), `Inserted ${count(n, word)}.`),
      },
      {
        label: `Insert ${count(n, word)} ${after}`,
        run: change(() => changes.insert(sheet, dimension, end, n, true), `Inserted ${count(n, word)}.`),
      },
    ],
    rest: [
      {
        label: rows ? `Move ${count(n, word)} up` : `Move ${count(n, word)} left`,
        off: first === 0 || sorted,
        run: () => page.moveBy(dimension, first, end, -1),
      },
      {
        label: rows ? `Move ${count(n, word)} down` : `Move ${count(n, word)} right`,
        off: end >= total || sorted,
        run: () => page.moveBy(dimension, first, end, 1),
      },
      null,
      {
        label: `Hide ${count(n, word)}`,
        off: n >= total,
        run: change(() => changes.hide(sheet, dimension, first, end, true), `Hid ${count(n, word)}.`),
      },
      {
        label: `Show hidden ${word}s here`,
        off: !hiddenNear.length,
        run: () => page.act(async () => {
          for (const [a, b] of hiddenNear) await changes.hide(sheet, dimension, a, b, false);
        }),
      },
      ...(rows ? [] : [{ label: "Column width…", run: () => page.setWidth() }]),
      null,
      {
        label: `Delete ${count(n, word)}`,
        off: n >= total,
        run: () => page.guarded(rows ? { ...sheet.whole, top: first, bottom: end } : { ...sheet.whole, left: first, right: end }, () =>
          page.act(() => changes.remove(sheet, dimension, first, end), `Deleted ${count(n, word)}. Undo brings it back.`)),
      },
    ],
  };
}

export function rowMenu(page) {
  const { insert, rest } = dimensionItems(page, true);
  return [...insert, null, ...rest];
}

export function columnMenu(page) {
  const { insert, rest } = dimensionItems(page, false);
  return [...insert, null, ...rest, null, ...sortItems(page).slice(0, 2)];
}

export function cellMenu(page) {
  const rows = dimensionItems(page, true);
  const columns = dimensionItems(page, false);
  return [
    ...rows.insert,
    ...columns.insert,
    null,
    rows.rest.at(-1),
    columns.rest.at(-1),
    null,
    ...sortItems(page),
    null,
    { label: "Note…", keys: "Shift+F2", run: () => page.editNote() },
    { label: "Clear cells", keys: "Delete", run: () => page.clear() },
  ];
}

/** Everything that can be done to rows and columns, for hands that have no second mouse button. */
export function editMenu(page) {
  const rows = dimensionItems(page, true).rest.filter(Boolean);
  const columns = dimensionItems(page, false).rest.filter(Boolean);
  return [...rows, null, ...columns, null, { label: "Clear cells", keys: "Delete", run: () => page.clear() }];
}

export function insertMenu(page) {
  const rows = dimensionItems(page, true);
  const columns = dimensionItems(page, false);
  return [
    ...rows.insert,
    ...columns.insert,
    null,
    { label: "Note…", keys: "Shift+F2", run: () => page.editNote() },
    { label: "Tab", run: () => page.tabs.add() },
  ];
}

export function dataMenu(page) {
  const { sheet } = page;
  const items = [...sortItems(page), null];
  items.push(
    sheet.basicFilter
      ? { label: "Remove the filter", run: () => page.act(() => page.changes.filter(sheet, null), "The filter is gone; every row shows.") }
      : { label: "Filter this sheet", run: () => newFilter(page) },
  );
  items.push(null, { label: "No filter view", checked: !sheet.view, run: () => attempt(() => useView(page, null)) });
  for (const view of sheet.filterViews) {
    items.push({
      label: view.title || "Filter view",
      checked: sheet.view === view.filterViewId,
      run: () => attempt(() => useView(page, view)),
    });
  }
  items.push({ label: "Save the filter as a filter view…", off: !sheet.basicFilter, run: () => saveView(page) });
  return items;
}

function newFilter(page) {
  const { sheet } = page;
  const { box } = page.selection;
  const top = Math.max(sheet.frozenRows - 1, 0);
  const many = box.bottom - box.top > 1 && page.selection.kind === "cells";
  const range = toGridRange(sheet.id, many ? box : { ...sheet.whole, top });
  page.act(() => page.changes.filter(sheet, { range }), "Press a heading's funnel to choose what to show.");
}

async function saveView(page) {
  const { sheet } = page;
  const title = await asked("Save as a filter view", "Name of the view");
  if (!title?.trim()) return;
  const { range, criteria, filterSpecs } = sheet.basicFilter;
  const filter = filterSpecs ? { title: title.trim(), range, filterSpecs } : { title: title.trim(), range, criteria };
  page.act(() => page.changes.whole("new filter view", [{ addFilterView: { filter } }]), `Saved the filter view “${title.trim()}”.`);
}

export function viewMenu(page) {
  const { sheet, selection, changes } = page;
  const freeze = (rows, columns) => () => page.act(() => changes.freeze(sheet, rows, columns));
  return [
    { label: `Freeze down to row ${selection.box.bottom}`, run: freeze(selection.box.bottom, sheet.frozenColumns) },
    { label: `Freeze up to column ${columnLetter(selection.box.right - 1)}`, run: freeze(sheet.frozenRows, selection.box.right) },
    { label: "Freeze nothing", off: !sheet.frozenRows && !sheet.frozenColumns, run: freeze(0, 0) },
    null,
    ...["ROWS", "COLUMNS"].map((dimension) => {
      const rows = dimension === "ROWS";
      const known = (rows ? sheet.rowMetadata : sheet.columnMetadata) ?? [];
      return {
        label: `Show all hidden ${rows ? "rows" : "columns"}`,
        off: !known.some((one) => one.hiddenByUser),
        run: () => page.act(() => changes.hide(sheet, dimension, 0, rows ? sheet.rowCount : sheet.columnCount, false)),
      };
    }),
    null,
    { label: "Find…", keys: "Ctrl+F", run: () => page.find.open() },
    { label: "Keys…", run: () => keysHelp() },
  ];
}

export function fileMenu(page) {
  const { book, sheet } = page;
  const { title } = book.properties;
  const link = (query) => `/spreadsheets/d/${encodeURIComponent(book.id)}/export?${query}`;
  const fetched = (query, name) => () => attempt(() => download(link(query), name));
  return [
    { label: "Make a copy…", run: () => copyBook(book) },
    { label: "Rename…", run: () => page.rename() },
    { label: "Share…", run: () => attempt(() => share({ id: book.id, name: title })) },
    null,
    { label: "Download as Excel", run: fetched("format=xlsx", `${title}.xlsx`) },
    { label: "Download this tab as CSV", run: fetched(`format=csv&gid=${sheet.id}`, `${title} - ${sheet.title}.csv`) },
  ];
}

async function copyBook(book) {
  const name = await asked("Make a copy", "Name of the copy", `Copy of ${book.properties.title}`, { go: "Copy" });
  if (!name?.trim()) return;
  await attempt(async () => {
    const made = await api.post(`/drive/v3/files/${encodeURIComponent(book.id)}/copy`, { name: name.trim() });
    window.location.assign(`/spreadsheets/d/${encodeURIComponent(made.id)}/edit`);
  });
}

const KEYS = [
  ["Type, Enter or F2", "edit the cell"],
  ["Alt+↓", "open the cell's list or its filter"],
  ["Space", "tick or untick a box"],
  ["Esc", "leave the cell as it was"],
  ["Ctrl+Z, Ctrl+Y", "undo, redo"],
  ["Ctrl+C, Ctrl+X, Ctrl+V", "copy, cut, paste"],
  ["Ctrl+F", "find"],
  ["Ctrl+arrow", "to the end of the block"],
  ["Shift+Space, Ctrl+Space", "choose the row, the column"],
  ["Shift+F10", "what to do here"],
  ["Shift+F2", "write a note"],
  ["Alt+Enter", "follow the cell's link"],
];

function keysHelp() {
  const list = el("dl", { class: "keys" }, ...KEYS.flatMap(([key, does]) => [el("dt", {}, key), el("dd", {}, does)]));
  return shown("Keys", [list]);
}

export function tabMenu(page, sheet) {
  const { changes, book } = page;
  const tabs = book.visible();
  const at = tabs.indexOf(sheet);
  const place = (by) => () => {
    const other = tabs[at + by].properties.index ?? 0;
    // The API counts places before the tab is taken out, so going right means one further.
    return page.act(() => changes.tab(sheet, "moving the tab", { index: by > 0 ? other + 1 : other }, "index"));
  };
  const hidden = [...book.sheets.values()].filter((one) => one.properties.hidden);
  return [
    { label: "Rename…", run: () => renameTab(page, sheet) },
    { label: "Duplicate", run: () => page.tabs.addBy({ duplicateSheet: { sourceSheetId: sheet.id, insertSheetIndex: (sheet.properties.index ?? 0) + 1 } }) },
    { label: "Move left", off: at === 0, run: place(-1) },
    { label: "Move right", off: at === tabs.length - 1, run: place(1) },
    { label: "Hide", off: tabs.length < 2, run: () => page.act(() => changes.tab(sheet, "hiding the tab", { hidden: true }, "hidden")) },
    ...hidden.map((one) => ({
      label: `Show “${one.title}”`,
      run: () => page.act(() => changes.tab(one, "showing the tab", { hidden: false }, "hidden")),
    })),
    null,
    { label: "Delete…", off: book.sheets.size < 2, run: () => deleteTab(page, sheet) },
  ];
}

async function renameTab(page, sheet) {
  const title = await asked("Rename the tab", "Name", sheet.title);
  if (!title?.trim() || title.trim() === sheet.title) return;
  await page.act(() => page.changes.tab(sheet, "renaming the tab", { title: title.trim() }, "title"), "Renamed.");
}

async function deleteTab(page, sheet) {
  const text = `The tab “${sheet.title}” and everything in it will be gone. Undo brings it back only while nobody else changes the file.`;
  if (!(await confirmed("Delete this tab?", text, "Delete", "danger"))) return;
  await page.act(() => page.changes.whole("deleting the tab", [{ deleteSheet: { sheetId: sheet.id } }]), `Deleted “${sheet.title}”.`);
}
