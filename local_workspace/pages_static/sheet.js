// The page of one spreadsheet: brings the parts together and keeps what is shown in step with the workspace.
import * as api from "./api.js";
import { Addons } from "./addons.js";
import { Previews } from "./addon_previews.js";
import { boxName, cellName, holds, overlap, parseA1 } from "./a1.js";
import { Book } from "./book.js";
import { Card } from "./cards.js";
import { Changes } from "./changes.js";
import { drawCharts } from "./charts.js";
import { closedFor } from "./closed.js";
import { dataMenu, editMenu, fileMenu, insertMenu, viewMenu } from "./commands.js";
import { asked, confirmed } from "./dialogs.js";
import { attempt, byId, say } from "./dom.js";
import { Editor } from "./editor.js";
import { Feed } from "./feed.js";
import { filterAt, openFilter, useView } from "./filters.js";
import { Find } from "./find.js";
import { Grid } from "./grid.js";
import { wire } from "./hands.js";
import { menuButton } from "./menus.js";
import { Selection } from "./selection.js";
import { Sum } from "./sum.js";
import { Tabs } from "./tabs.js";
import { typedText } from "./typed.js";
import { marksOf, rowNow } from "./whereabouts.js";

const LOOK_AGAIN = 2500;

class Page {
  constructor(id) {
    this.book = new Book(id);
    this.changes = new Changes(this.book);
    this.selections = new Map();
    this.selection = new Selection();
    this.grid = new Grid(byId("grid"), {
      selection: () => this.sheet && this.selection,
      filterAt,
      onView: (first, last) => attempt(() => this.feed.fetch(first, last)),
    });
    this.feed = new Feed(this);
    this.editor = new Editor(this, byId("stage"));
    this.card = new Card(this, byId("stage"));
    this.find = new Find(this);
    this.tabs = new Tabs(this);
    this.sum = new Sum(this);
    this.version = null;
    this.allowed = new Set();
    this.saving = 0;
  }

  async start() {
    wire(this);
    this.buttons();
    await this.book.open();
    await this.open(this.wantedTab());
    this.followHash();
    window.addEventListener("hashchange", () => attempt(() => this.followHash()));
    this.version = await this.readVersion();
    document.body.dataset.ready = "true";
    setTimeout(() => this.lookAgain(), LOOK_AGAIN);
    await this.addAddons();
  }

  async addAddons() {
    const stage = byId("stage");
    const addons = await Addons.beside("SHEETS", stage.parentNode, { place: () => ({ file: this.book.id }) });
    if (addons) this.previews = new Previews(this, addons, stage);
  }

  buttons() {
    menuButton(byId("menu-file"), () => fileMenu(this));
    menuButton(byId("menu-edit"), () => editMenu(this));
    menuButton(byId("menu-insert"), () => insertMenu(this));
    menuButton(byId("menu-data"), () => dataMenu(this));
    menuButton(byId("menu-view"), () => viewMenu(this));
    byId("undo").addEventListener("click", () => this.turnBack(false));
    byId("redo").addEventListener("click", () => this.turnBack(true));
    byId("find-open").addEventListener("click", () => this.find.open());
    byId("view-close").addEventListener("click", () => attempt(() => useView(this, null)));
    byId("where").addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        byId("where").blur();
        this.focusGrid();
      }
      if (event.key !== "Enter") return;
      event.preventDefault();
      attempt(() => this.goToName(byId("where").value));
    });
    window.addEventListener("beforeunload", (event) => {
      // What is still on its way would be lost without a word.
      if (this.saving || this.editor.busy) event.preventDefault();
    });
    byId("where").addEventListener("focus", (event) => event.target.select());
    byId("where").addEventListener("blur", () => setTimeout(() => this.tell(), 0));
  }

  // ---- tabs and places -------------------------------------------------------------------------------------

  wantedTab() {
    const gid = Number(new URLSearchParams(window.location.hash.slice(1)).get("gid") ?? NaN);
    const known = this.book.sheets.get(gid);
    return known && !known.properties.hidden ? gid : this.book.visible()[0].id;
  }

  async followHash() {
    const wanted = new URLSearchParams(window.location.hash.slice(1));
    const gid = this.wantedTab();
    if (gid !== this.sheet.id) await this.open(gid);
    const place = wanted.get("range") && parseA1(wanted.get("range"), this.sheet.rowCount, this.sheet.columnCount);
    if (place) this.pickBox(place.box);
  }

  placeName(uri) {
    const wanted = new URLSearchParams(uri.slice(1));
    const sheet = this.book.sheets.get(Number(wanted.get("gid")));
    return sheet && [sheet.title, wanted.get("range")].filter(Boolean).join(", ");
  }

  async open(gid) {
    const sheet = this.book.sheets.get(gid);
    if (this.sheet) this.selections.set(this.sheet.id, this.selection);
    if (this.sheet && this.sheet !== sheet) {
      this.sheet.view = null;
      this.sheet.lookThrough(null);
      this.sheet.layOut();
      byId("view-bar").hidden = true;
    }
    this.sheet = sheet;
    const known = this.selections.get(gid);
    this.selection = known ?? new Selection();
    this.grid.scroller.scrollTo(0, 0);
    this.card.sleep();
    byId("plain").hidden = sheet.rowCount > 0 || sheet.charts.length > 0;
    this.tabs.draw();
    if (new URLSearchParams(window.location.hash.slice(1)).get("gid") !== String(gid)) {
      window.history.replaceState(null, "", `#gid=${gid}`);
    }
    document.title = `${this.book.properties.title} – ${sheet.title} – local workspace`;
    byId("title").textContent = this.book.properties.title;
    if (!sheet.measured) await Promise.all([sheet.measure(), sheet.load(0, Math.min(59, sheet.rowCount - 1))]);
    if (this.sheet !== sheet) return;
    if (!sheet.left) sheet.layOut();
    sheet.layOut();
    if (known) this.selection.keepInside(sheet);
    else this.selection.pick(sheet, 0, 0);
    this.grid.show(sheet);
    this.shown();
    await this.placeCharts();
  }

  async placeCharts() {
    await drawCharts(this.sheet, this.grid.floating);
  }

  go(row, column) {
    this.selection.pick(this.sheet, row, column);
    this.grid.reveal(this.selection.row, this.selection.column);
    this.shown();
  }

  step(down, along, stretching = false) {
    this.selection.move(this.sheet, down, along, stretching);
    this.shown(stretching);
  }

  /** To the end of a run of filled cells. A column is read at one go: most of its rows may not be in the document. */
  async leap(down, along, stretching) {
    const { sheet, selection } = this;
    const column = (stretching ? selection.head : selection).column;
    const whole = { top: 0, bottom: sheet.rowCount, left: column, right: column + 1 };
    const rows = down ? await sheet.plainValues(whole) : [];
    const filled = (r, c) => (down ? (rows[r]?.[0] ?? "") !== "" : Boolean(sheet.cell(r, c).formattedValue));
    if (sheet !== this.sheet) return;
    selection.leap(sheet, down, along, stretching, filled);
    this.shown(stretching);
  }

  pickBox(box) {
    this.selection.pick(this.sheet, box.top, box.left);
    if (box.bottom - box.top > 1 || box.right - box.left > 1) this.selection.stretch(this.sheet, box.bottom - 1, box.right - 1);
    this.grid.reveal(box.top, box.left);
    this.shown();
  }

  async goToName(text) {
    const { sheet, book } = this;
    const named = book.namedRanges.find((one) => one.name.toLowerCase() === text.trim().toLowerCase());
    const target = named
      ? { gid: named.range.sheetId ?? 0, text: boxName({ top: named.range.startRowIndex ?? 0, left: named.range.startColumnIndex ?? 0, bottom: named.range.endRowIndex ?? 1, right: named.range.endColumnIndex ?? 1 }) }
      : { gid: sheet.id, text };
    if (target.gid !== sheet.id) await this.open(target.gid);
    const place = parseA1(target.text, this.sheet.rowCount, this.sheet.columnCount);
    if (!place) {
      say(`“${text}” is not a cell or a named range of this tab.`, "error");
      this.shown();
      return;
    }
    const other = place.title && book.byTitle(place.title);
    if (other) await this.open(other.id);
    this.pickBox(place.box);
    this.focusGrid();
  }

  follow(uri) {
    if (!uri) return;
    if (uri.startsWith("#")) window.location.hash = uri;
    else window.open(uri, "_blank", "noopener,noreferrer");
  }

  filterHere() {
    const { sheet, selection, grid } = this;
    if (!filterAt(sheet, selection.row, selection.column)) return false;
    attempt(() => openFilter(this, selection.column, grid.node(selection.row, selection.column)));
    return true;
  }

  /** After the selection moved: scrolls to it and tells of it. */
  shown(stretched = false) {
    const { sheet, selection, grid } = this;
    if (!sheet?.left) return;
    if (stretched) grid.reveal(selection.head.row, selection.head.column);
    else if (selection.kind === "cells") grid.reveal(selection.row, selection.column);
    else grid.mark();
    this.tell();
  }

  /** Brings the name box, the formula bar and the card in step with the selection. Never scrolls. */
  tell() {
    const { sheet, selection } = this;
    if (!sheet?.left) return;
    const { row, column, box } = selection;
    const single = box.bottom - box.top === 1 && box.right - box.left === 1;
    const merge = sheet.mergeAt(row, column);
    if (document.activeElement !== byId("where")) byId("where").value = single || merge ? cellName(row, column) : boxName(box);
    if (!this.editor.busy) byId("formula").value = typedText(sheet.cell(row, column), this.book.properties.locale);
    const lock = sheet.protectionAt(row, column);
    byId("lock").hidden = !lock;
    byId("lock").textContent = lock ? (lock.requestingUserCanEdit === false && !lock.warningOnly ? "Protected" : "Protected, take care") : "";
    byId("lock").title = lock?.description ?? "";
    this.card.show(row, column);
    this.sum.show();
  }

  focusGrid() {
    this.grid.table.focus({ preventScroll: true });
  }

  // ---- changes ---------------------------------------------------------------------------------------------

  /** Carries out a change, says so, and shows the sheet as it is then, also when it was refused. */
  async act(change, told) {
    let done = false;
    this.saving += 1;
    document.body.dataset.saving = "true";
    await attempt(async () => {
      await change();
      done = true;
    });
    await attempt(() => this.refresh());
    this.saving -= 1;
    if (!this.saving) delete document.body.dataset.saving;
    if (done && told) say(told);
    return done;
  }

  async refresh() {
    await this.book.open();
    for (const sheet of this.book.sheets.values()) sheet.outdate();
    if (!this.book.sheets.has(this.sheet.id) || this.sheet.properties.hidden) {
      await this.open(this.book.visible()[0].id);
      return;
    }
    const { sheet } = this;
    const view = sheet.view && sheet.filterViews.find((one) => one.filterViewId === sheet.view);
    const { first, last } = this.grid.view();
    await Promise.all([sheet.measure(), sheet.load(0, sheet.frozenRows), sheet.load(first, Math.min(last, sheet.rowCount - 1))]);
    if (sheet !== this.sheet) return;
    if (sheet.view) await useView(this, view ?? null);
    sheet.layOut();
    this.selection.keepInside(sheet);
    this.tabs.draw();
    byId("title").textContent = this.book.properties.title;
    this.grid.show(sheet);
    if (this.editor.busy) this.editor.place();
    else this.tell();
    await this.placeCharts();
    this.version = await this.readVersion();
  }

  async readVersion() {
    const answer = await api.get(`/drive/v3/files/${encodeURIComponent(this.book.id)}`, { fields: "version" });
    return answer.version;
  }

  /** Others write too: a sync, or a colleague in another window. */
  async lookAgain() {
    try {
      if (!document.hidden && !this.editor.busy) {
        const version = await this.readVersion();
        if (version !== this.version && !this.editor.busy) await this.refresh();
        document.body.classList.remove("away");
      }
    } catch (error) {
      if (!this.editor.busy && closedFor(error.status)) return;
      // One sentence, and it goes when the workspace is back: this runs by itself every few seconds.
      if (!document.body.classList.contains("away")) say(error.message, "error");
      document.body.classList.add("away");
    }
    setTimeout(() => this.lookAgain(), LOOK_AGAIN);
  }

  /** False, with a sentence, where the account may not type. A warning is asked later, when it is typed. */
  mayEdit(row, column) {
    const lock = this.sheet.protectionAt(row, column);
    if (!lock || lock.warningOnly || lock.requestingUserCanEdit !== false) return true;
    const name = lock.description ? ` (${lock.description})` : "";
    say(`${cellName(row, column)} is protected${name}: this account cannot change it.`, "error");
    return false;
  }

  /** Runs a change of a box unless a protection forbids it, or the person heeds its warning. */
  async guarded(box, run) {
    const { sheet } = this;
    const locks = sheet.protections.filter(
      (lock) => overlap(lock.box, box) && !lock.open.some((open) => inside(box, open)),
    );
    const closed = locks.find((lock) => !lock.warningOnly && lock.requestingUserCanEdit === false);
    if (closed) {
      const name = closed.description ? ` (${closed.description})` : "";
      say(`${boxName(box)} is protected${name}: this account cannot change it.`, "error");
      return;
    }
    const careful = locks.find((lock) => lock.warningOnly);
    if (careful && !this.allowed.has(careful.protectedRangeId)) {
      const why = careful.description ? `${careful.description}. ` : "";
      const text = `${why}This part of the sheet should not be changed by accident. Change it all the same?`;
      const go = await confirmed("These cells are protected", text, "Change them");
      this.focusGrid();
      if (!go) {
        await this.refresh();
        return;
      }
      this.allowed.add(careful.protectedRangeId);
    }
    await run();
  }

  /** @param cell {sheet, row, column, marks} as they were when the typing began */
  commit({ sheet, row, column, marks }, text) {
    const boxAt = (top) => ({ top, left: column, bottom: top + 1, right: column + 1 });
    return this.guarded(boxAt(row), () => {
      // Shown at once; the workspace's own reading of it follows.
      const known = sheet.rows.get(row);
      if (known) known.values[column] = { ...known.values[column], formattedValue: text };
      this.grid.redrawRow(row);
      this.grid.mark();
      return this.act(async () => {
        const now = await rowNow(this.book, sheet, marks, row);
        if (now === null) {
          throw new api.ApiError(409, `The sheet changed while you typed, and this row is no longer there. Not written: “${text}”`);
        }
        await this.changes.type(sheet, boxAt(now), [[text]]);
        if (now !== row) say(`The row had moved: what you typed is in ${cellName(now, column)}.`);
      });
    });
  }

  tick() {
    const { sheet, selection } = this;
    if (!this.mayEdit(selection.row, selection.column)) return;
    const on = sheet.cell(selection.row, selection.column).effectiveValue?.boolValue === true;
    const { row, column } = selection;
    this.commit({ sheet, row, column, marks: marksOf(sheet.rows.get(row)?.values ?? []) }, on ? "FALSE" : "TRUE");
  }

  clear() {
    const { sheet, selection } = this;
    const { box } = selection;
    return this.guarded(box, () => this.act(() => this.changes.clear(sheet, box)));
  }

  async paste(text, rows) {
    const { sheet, selection, taken } = this;
    const { box } = selection;
    const height = rows.length;
    const width = Math.max(...rows.map((row) => row.length));
    // Several chosen cells are filled with the copy, again and again, when it fits a whole number of times.
    const down = (box.bottom - box.top) % height === 0 ? box.bottom - box.top : height;
    const along = (box.right - box.left) % width === 0 ? box.right - box.left : width;
    if (sheet.order && down > 1) {
      say("Rows stand apart in a sorted view. Close the view, then paste more than one row.", "error");
      return undefined;
    }
    const ours = taken && taken.text === text && this.book.sheets.has(taken.sheet.id);
    const fits = box.top + down <= sheet.rowCount && box.left + along <= sheet.columnCount;
    if (ours && taken.cutting) {
      this.taken = null;
      const goal = { top: box.top, left: box.left, bottom: box.top + height, right: box.left + width };
      return this.guarded(goal, () => this.act(() => this.changes.cut(sheet, taken.sheet, taken.box, goal), "Moved."));
    }
    const goal = { top: box.top, left: box.left, bottom: box.top + down, right: box.left + along };
    if (ours && fits) return this.guarded(goal, () => this.act(() => this.changes.copy(sheet, taken.sheet, taken.box, goal), "Pasted."));
    const filled = Array.from({ length: down }, (_, r) => Array.from({ length: along }, (__, c) => rows[r % height][c % width] ?? ""));
    await this.guarded(goal, () => this.act(() => this.changes.type(sheet, goal, filled, "paste"), "Pasted."));
    return down === 1 && along === 1 ? this.previews?.pasted(text.trim(), sheet, box.top, box.left) : undefined;
  }

  async moveBy(dimension, start, end, by) {
    const { sheet, selection } = this;
    const rows = dimension === "ROWS";
    const to = by < 0 ? start - 1 : end + 1;
    if (!(await this.act(() => this.changes.move(sheet, dimension, start, end, to)))) return;
    if (selection.kind === "rows") selection.pickRows(sheet, start + by, end - 1 + by);
    else if (selection.kind === "columns") selection.pickColumns(sheet, start + by, end - 1 + by);
    else selection.pick(sheet, selection.row + (rows ? by : 0), selection.column + (rows ? 0 : by));
    this.shown();
  }

  /** The width of the chosen columns in figures, for hands without a mouse. */
  async setWidth() {
    const { sheet, selection } = this;
    const { left, right } = selection.box;
    const text = await asked("Column width", "Width in pixels, 20 to 2000", String(sheet.width(left)));
    this.focusGrid();
    if (text === null) return;
    const width = Number(text);
    if (!Number.isInteger(width) || width < 20 || width > 2000) {
      say(`“${text}” is no width. Give a whole number from 20 to 2000.`, "error");
      return;
    }
    await this.act(() => this.changes.resize(sheet, "COLUMNS", left, right, width));
  }

  async editNote() {
    const { sheet, selection } = this;
    const { row, column } = selection;
    if (!this.mayEdit(row, column)) return;
    const was = sheet.cell(row, column).note ?? "";
    const text = await asked(`Note on ${cellName(row, column)}`, "Note", was, { long: true });
    this.focusGrid();
    if (text === null || text === was) return;
    const box = { top: row, left: column, bottom: row + 1, right: column + 1 };
    await this.guarded(box, () => this.act(() => this.changes.note(sheet, row, column, text.trim())));
  }

  async rename() {
    const was = this.book.properties.title;
    const title = await asked("Rename the file", "Name", was);
    if (!title?.trim() || title.trim() === was) return;
    const request = { updateSpreadsheetProperties: { properties: { title: title.trim() }, fields: "title" } };
    await this.act(() => this.changes.whole("renaming the file", [request]), "Renamed.");
  }

  async turnBack(again) {
    let label = null;
    const done = await this.act(async () => {
      label = await (again ? this.changes.redo() : this.changes.undo());
    });
    if (!done) return;
    if (label) say(`${again ? "Done again" : "Undone"}: ${label}.`);
    else say(again ? "Nothing to do again." : "Nothing to undo.");
  }
}

function inside(box, outer) {
  return holds(outer, box.top, box.left) && holds(outer, box.bottom - 1, box.right - 1);
}

const page = new Page(document.body.dataset.file);
attempt(async () => {
  try {
    await page.start();
  } catch (error) {
    if (page.sheet || !closedFor(error.status)) throw error;
  }
});
