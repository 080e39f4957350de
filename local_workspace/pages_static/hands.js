// Pointer, keyboard and clipboard over the grid.
import { attempt, say } from "./dom.js";
import { Grid } from "./grid.js";
import { showMenu } from "./menus.js";
import { fromTsv, toTsv } from "./typed.js";
import { openFilter } from "./filters.js";
import { linksOf } from "./runs.js";
import { cellMenu, columnMenu, rowMenu } from "./commands.js";

export function wire(page) {
  pointer(page);
  keyboard(page);
  clipboard(page);
}

function choose(page, place, stretching) {
  const { sheet, selection } = page;
  const { row, column } = place;
  if (row === null && column === null) selection.pickAll(sheet);
  else if (row === null) {
    const from = stretching && selection.kind === "columns" ? selection.anchor.column : column;
    selection.pickColumns(sheet, from, column);
  } else if (column === null) {
    const from = stretching && selection.kind === "rows" ? selection.anchor.row : row;
    selection.pickRows(sheet, from, row);
  } else if (stretching) selection.stretch(sheet, row, column);
  else selection.pick(sheet, row, column);
  page.shown();
}

function pointer(page) {
  const { scroller } = page.grid;
  let dragging = null;
  scroller.addEventListener("pointerdown", (event) => {
    if (event.target.dataset.grip !== undefined) {
      resize(page, event);
      return;
    }
    const place = Grid.at(event.target);
    if (!place || (event.button === 2 && inside(page, place))) return;
    if (event.pointerType === "mouse" && event.button === 0) dragging = place;
    if (event.pointerType === "mouse") choose(page, place, event.shiftKey);
  });
  scroller.addEventListener("pointermove", (event) => {
    if (!dragging || !(event.buttons & 1)) return;
    const place = Grid.at(event.target);
    if (!place || (place.row === null) !== (dragging.row === null) || (place.column === null) !== (dragging.column === null)) return;
    const { head } = page.selection;
    if (head && head.row === place.row && head.column === place.column) return;
    choose(page, place, true);
  });
  window.addEventListener("pointerup", () => (dragging = null));
  scroller.addEventListener("click", (event) => {
    const place = Grid.at(event.target);
    if (!place) return;
    const touch = event.pointerType !== "mouse" && event.pointerType !== "";
    const again = touch && place.row === page.selection.row && place.column === page.selection.column;
    if (event.pointerType !== "mouse") choose(page, place, event.shiftKey);
    const { target } = event;
    if (target.dataset.filter !== undefined) attempt(() => openFilter(page, Number(target.dataset.filter), target));
    else if (target.dataset.drop !== undefined) page.editor.begin();
    else if (target.classList.contains("box")) page.tick();
    // On a touch screen the second tap on a cell is what a double click is with a mouse.
    else if (again && place.row !== null && place.column !== null) page.editor.begin();
  });
  scroller.addEventListener("dblclick", (event) => {
    const place = Grid.at(event.target);
    if (place && place.row !== null && place.column !== null && !event.target.closest(".tick")) page.editor.begin();
  });
  scroller.addEventListener("contextmenu", (event) => {
    const place = Grid.at(event.target);
    if (!place) return;
    event.preventDefault();
    if (!inside(page, place)) choose(page, place, false);
    menuFor(page, { x: event.clientX, y: event.clientY });
  });
}

function inside(page, { row, column }) {
  const { box, kind } = page.selection;
  if (row === null) return column !== null && kind === "columns" && column >= box.left && column < box.right;
  if (column === null) return kind === "rows" && row >= box.top && row < box.bottom;
  return row >= box.top && row < box.bottom && column >= box.left && column < box.right;
}

function menuFor(page, at) {
  const { kind } = page.selection;
  const items = kind === "columns" ? columnMenu(page) : kind === "rows" ? rowMenu(page) : cellMenu(page);
  showMenu(items, at, page.grid.table, "What to do here");
}

function resize(page, event) {
  event.preventDefault();
  event.stopPropagation();
  const { sheet, grid } = page;
  const column = Number(event.target.dataset.grip);
  const letter = event.target.parentNode;
  const start = event.clientX;
  const was = sheet.width(column);
  const width = (now) => Math.max(20, Math.round(was + now.clientX - start));
  const move = (now) => (letter.style.width = `${width(now)}px`);
  const end = (now) => {
    window.removeEventListener("pointermove", move);
    if (width(now) === was) return;
    const { box, kind } = page.selection;
    const many = kind === "columns" && column >= box.left && column < box.right;
    const [first, last] = many ? [box.left, box.right] : [column, column + 1];
    page.act(() => page.changes.resize(sheet, "COLUMNS", first, last, width(now))).then(() => grid.redraw());
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end, { once: true });
}

const ARROWS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function keyboard(page) {
  page.grid.scroller.addEventListener("keydown", (event) => {
    if (event.isComposing || !page.sheet.rowCount) return;
    if (handle(page, event)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || page.editor.busy) return;
    const key = event.key.toLowerCase();
    // Fields of dialogs and panels have an undo of their own.
    const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
    if (key === "f") page.find.open();
    else if (typing) return;
    else if (key === "z") page.turnBack(event.shiftKey);
    else if (key === "y") page.turnBack(true);
    else return;
    event.preventDefault();
  });
}

/** True when the key meant something here. */
function handle(page, event) {
  const { sheet, selection, editor, grid } = page;
  const { key, shiftKey, altKey } = event;
  const control = event.ctrlKey || event.metaKey;
  const cell = sheet.cell(selection.row, selection.column);
  if (ARROWS[key] && altKey && key === "ArrowDown") {
    if (sheet.basicFilter && page.filterHere()) return true;
    editor.begin();
  } else if (ARROWS[key] && control) {
    attempt(() => page.leap(...ARROWS[key], shiftKey));
  } else if (ARROWS[key] && !altKey) page.step(...ARROWS[key], shiftKey);
  else if (key === "Enter" && altKey) page.follow(linksOf(cell)[0]);
  else if (key === "Enter" && !control) {
    if (cell.dataValidation?.condition?.type === "BOOLEAN") page.tick();
    else editor.begin();
  } else if (key === "F2" && shiftKey) page.editNote();
  else if (key === "F2") editor.begin();
  else if (key === "Tab" && !control && !atEdge(page, shiftKey)) page.step(0, shiftKey ? -1 : 1);
  else if (key === "Home") page.go(control ? 0 : selection.row, 0);
  else if (key === "End" && control) page.go(sheet.rowCount - 1, sheet.columnCount - 1);
  else if (key === "End") page.go(selection.row, lastFilled(sheet, selection.row));
  else if (key === "PageDown" || key === "PageUp") {
    const rows = Math.max(1, Math.floor(grid.scroller.clientHeight / 21) - 3 - sheet.frozenRows);
    page.step(key === "PageDown" ? rows : -rows, 0, shiftKey);
  } else if (key === "Delete" || key === "Backspace") page.clear();
  else if ((key === "ContextMenu" || (key === "F10" && shiftKey)) && grid.node(selection.row, selection.column)) {
    const box = grid.node(selection.row, selection.column).getBoundingClientRect();
    menuFor(page, { x: box.left + 12, y: box.bottom });
  } else if (key === " " && control) selection.pickColumns(sheet, selection.box.left, selection.box.right - 1), page.shown();
  else if (key === " " && shiftKey) selection.pickRows(sheet, selection.box.top, selection.box.bottom - 1), page.shown();
  else if (key === " " && cell.dataValidation?.condition?.type === "BOOLEAN") page.tick();
  else if (key === "a" && control) selection.pickAll(sheet), page.shown();
  else if (key.length === 1 && !control && !altKey) editor.begin({ text: key });
  else return false;
  return true;
}

/** At the sheet's edge Tab goes on through the page, so that the keyboard is never caught in the grid. */
function atEdge(page, back) {
  const { sheet, selection } = page;
  return back ? selection.column === 0 : selection.column >= sheet.columnCount - 1;
}

function lastFilled(sheet, row) {
  let column = sheet.columnCount - 1;
  while (column > 0 && (sheet.hiddenColumn(column) || !sheet.cell(row, column).formattedValue)) column -= 1;
  return column;
}

function clipboard(page) {
  const here = () => document.activeElement === page.grid.table;
  const take = (event, cutting) => {
    if (!here()) return;
    event.preventDefault();
    const { sheet, selection } = page;
    const { box } = selection;
    const rows = [];
    for (let r = box.top; r < box.bottom; r += 1) {
      if (sheet.hiddenRow(r)) continue;
      const row = [];
      for (let c = box.left; c < box.right; c += 1) if (!sheet.hiddenColumn(c)) row.push(sheet.cell(r, c).formattedValue ?? "");
      rows.push(row);
    }
    if (!sheet.isLoaded(box.top, box.bottom)) {
      // The clipboard takes what is there at this very moment.
      const keys = cutting ? "Ctrl+X" : "Ctrl+C";
      say("Reading the chosen rows…");
      attempt(async () => {
        await sheet.load(0, sheet.rowCount - 1);
        say(`The chosen rows are read: press ${keys} once more.`);
      });
      return;
    }
    const text = toTsv(rows);
    event.clipboardData.setData("text/plain", text);
    const whole = rows.length === box.bottom - box.top && (rows[0]?.length ?? 0) === box.right - box.left;
    page.taken = whole ? { text, sheet, box: { ...box }, cutting } : null;
    say(cutting ? "Cut. Paste it where it should go." : "Copied.");
  };
  document.addEventListener("copy", (event) => take(event, false));
  document.addEventListener("cut", (event) => take(event, true));
  document.addEventListener("paste", (event) => {
    if (!here()) return;
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain");
    if (text) page.paste(text, fromTsv(text));
  });
}
