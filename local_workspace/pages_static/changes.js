// Everything a person can change, as requests to the API, each with what puts it back.
// An undo writes what stood there before; it is one more change, not a turning back of the clock,
// so what others wrote elsewhere meanwhile stays.
import * as api from "./api.js";
import { boxToA1, overlap, toGridRange } from "./a1.js";

const TYPED = "userEnteredValue,userEnteredFormat.numberFormat,textFormatRuns";
const WHOLE = "userEnteredValue,userEnteredFormat,note,dataValidation,textFormatRuns";
const MOST_UNDO = 100;

export class Changes {
  constructor(book) {
    this.book = book;
    this.done = [];
    this.undone = [];
    this.queue = Promise.resolve();
  }

  /** One change after the other, in the order in which the person made them. */
  inTurn(action) {
    const turn = this.queue.then(action);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /**
   * @param label what the change is called in "Undo ..."
   * @param forward async () => requests that put it back
   * @param watch {sheet, box} that must still read as this change left it, or an undo would destroy another's words
   */
  make(label, forward, watch = null) {
    return this.inTurn(async () => {
      const entry = { label, forward, watch };
      await this.carryOut(entry);
      this.undone.length = 0;
      this.remember(this.done, entry);
    });
  }

  async carryOut(entry) {
    entry.back = await entry.forward();
    entry.left = await this.reading(entry.watch);
  }

  async reading(watch) {
    if (!watch) return null;
    return JSON.stringify(await this.book.cells(watch.sheet, watch.box, "userEnteredValue"));
  }

  remember(stack, entry) {
    stack.push(entry);
    if (stack.length > MOST_UNDO) stack.shift();
  }

  /** Gives the label of what was put back, or null when nothing is left. */
  undo() {
    return this.inTurn(async () => {
      const entry = this.done.pop();
      if (!entry) return null;
      if ((await this.reading(entry.watch)) !== entry.left) {
        throw new api.ApiError(409, `Someone has changed these cells since your ${entry.label}, so it was not undone.`);
      }
      await this.book.batch(entry.back);
      this.remember(this.undone, entry);
      return entry.label;
    });
  }

  redo() {
    return this.inTurn(async () => {
      const entry = this.undone.pop();
      if (!entry) return null;
      await this.carryOut(entry);
      this.remember(this.done, entry);
      return entry.label;
    });
  }

  async before(sheet, box, fields) {
    const rows = await this.book.cells(sheet, box, fields);
    return { updateCells: { rows, fields, range: toGridRange(sheet.id, box) } };
  }

  /** Types rows of text from the box's upper left corner, as a person would; the sheet grows when they do not fit. */
  type(sheet, box, rows, label = "typing") {
    return this.make(label, async () => {
      const grow = [];
      const more = (dimension, length) => grow.push({ appendDimension: { sheetId: sheet.id, dimension, length } });
      if (box.bottom > sheet.rowCount) more("ROWS", box.bottom - sheet.rowCount);
      if (box.right > sheet.columnCount) more("COLUMNS", box.right - sheet.columnCount);
      if (grow.length) await this.book.batch(grow);
      const back = [await this.before(sheet, box, TYPED)];
      const range = boxToA1(sheet.title, box);
      const path = `${this.book.path}/values/${encodeURIComponent(range)}`;
      await api.put(path, { range, majorDimension: "ROWS", values: rows }, { valueInputOption: "USER_ENTERED" });
      if (box.bottom > sheet.rowCount) back.push(remove(sheet, "ROWS", sheet.rowCount, box.bottom));
      if (box.right > sheet.columnCount) back.push(remove(sheet, "COLUMNS", sheet.columnCount, box.right));
      return back;
    }, { sheet, box });
  }

  /** Sends requests after reading what they will overwrite. */
  overwrite(label, sheet, box, fields, requests) {
    return this.make(label, async () => {
      const back = await this.before(sheet, box, fields);
      await this.book.batch(requests);
      return [back];
    }, { sheet, box });
  }

  clear(sheet, box) {
    const fields = "userEnteredValue,textFormatRuns";
    return this.overwrite("clearing", sheet, box, fields, [
      { updateCells: { range: toGridRange(sheet.id, box), fields } },
    ]);
  }

  note(sheet, row, column, text) {
    const box = { top: row, left: column, bottom: row + 1, right: column + 1 };
    return this.overwrite("note", sheet, box, "note", [
      { updateCells: { range: toGridRange(sheet.id, box), fields: "note", rows: [{ values: [text ? { note: text } : {}] }] } },
    ]);
  }

  sort(sheet, box, column, descending) {
    return this.overwrite("sort", sheet, box, WHOLE, [
      {
        sortRange: {
          range: toGridRange(sheet.id, box),
          sortSpecs: [{ dimensionIndex: column, sortOrder: descending ? "DESCENDING" : "ASCENDING" }],
        },
      },
    ]);
  }

  copy(sheet, source, from, box) {
    return this.overwrite("paste", sheet, box, WHOLE, [
      {
        copyPaste: {
          source: toGridRange(source.id, from),
          destination: toGridRange(sheet.id, box),
          pasteType: "PASTE_NORMAL",
        },
      },
    ]);
  }

  cut(sheet, source, from, box) {
    return this.make("cut and paste", async () => {
      const back = await this.before(sheet, box, WHOLE);
      const move = (fromSheet, range, toSheet, corner) => ({
        cutPaste: {
          source: toGridRange(fromSheet.id, range),
          destination: { sheetId: toSheet.id, rowIndex: corner.top, columnIndex: corner.left },
          pasteType: "PASTE_NORMAL",
        },
      });
      await this.book.batch([move(source, from, sheet, box)]);
      const restore = [move(sheet, box, source, from)];
      // When the two places overlap, moving back has already put everything right.
      if (source.id !== sheet.id || !overlap(from, box)) restore.push(back);
      return restore;
    }, { sheet, box });
  }

  insert(sheet, dimension, start, count, inheritFromBefore) {
    const range = { sheetId: sheet.id, dimension, startIndex: start, endIndex: start + count };
    const box =
      dimension === "ROWS"
        ? { ...sheet.whole, top: start, bottom: start + count }
        : { ...sheet.whole, left: start, right: start + count };
    const forward = async () => {
      await this.book.batch([{ insertDimension: { range, inheritFromBefore } }]);
      return [{ deleteDimension: { range } }];
    };
    return this.make(dimension === "ROWS" ? "insert row" : "insert column", forward, { sheet, box });
  }

  remove(sheet, dimension, start, end) {
    const rows = dimension === "ROWS";
    const box = rows ? { ...sheet.whole, top: start, bottom: end } : { ...sheet.whole, left: start, right: end };
    const metadata = (rows ? sheet.rowMetadata : sheet.columnMetadata) ?? [];
    const sizes = metadata.slice(start, end).map((one) => ({ pixelSize: one.pixelSize, hiddenByUser: one.hiddenByUser ?? false }));
    return this.make(rows ? "delete row" : "delete column", async () => {
      const cells = await this.before(sheet, box, WHOLE);
      const range = { sheetId: sheet.id, dimension, startIndex: start, endIndex: end };
      await this.book.batch([{ deleteDimension: { range } }]);
      const back = [{ insertDimension: { range, inheritFromBefore: start > 0 } }, cells];
      sizes.forEach((properties, i) => {
        if (properties.pixelSize) back.push(dimensionProperties(sheet, dimension, start + i, start + i + 1, properties));
      });
      return back;
    });
  }

  /** Moves [start, end) so that it stands before `to`, counted as the sheet is now. */
  move(sheet, dimension, start, end, to) {
    const count = end - start;
    const landed = to > start ? to - count : to;
    const request = (first, last, destinationIndex) => ({
      moveDimension: {
        source: { sheetId: sheet.id, dimension, startIndex: first, endIndex: last },
        destinationIndex,
      },
    });
    return this.make(dimension === "ROWS" ? "move row" : "move column", async () => {
      await this.book.batch([request(start, end, to)]);
      return [request(landed, landed + count, to > start ? start : end)];
    });
  }

  hide(sheet, dimension, start, end, hidden) {
    const metadata = (dimension === "ROWS" ? sheet.rowMetadata : sheet.columnMetadata) ?? [];
    return this.make(hidden ? "hide" : "unhide", async () => {
      const back = [];
      for (let i = start; i < end; i += 1) {
        const was = metadata[i]?.hiddenByUser ?? false;
        if (was !== hidden) back.push(dimensionProperties(sheet, dimension, i, i + 1, { hiddenByUser: was }));
      }
      await this.book.batch([dimensionProperties(sheet, dimension, start, end, { hiddenByUser: hidden })]);
      return back.length ? back : [dimensionProperties(sheet, dimension, start, end, { hiddenByUser: hidden })];
    });
  }

  resize(sheet, dimension, start, end, pixelSize) {
    const metadata = (dimension === "ROWS" ? sheet.rowMetadata : sheet.columnMetadata) ?? [];
    const was = metadata[start]?.pixelSize ?? 100;
    return this.make("resize", async () => {
      await this.book.batch([dimensionProperties(sheet, dimension, start, end, { pixelSize })]);
      return [dimensionProperties(sheet, dimension, start, end, { pixelSize: was })];
    });
  }

  freeze(sheet, rows, columns) {
    const request = (frozenRowCount, frozenColumnCount) => ({
      updateSheetProperties: {
        properties: { sheetId: sheet.id, gridProperties: { frozenRowCount, frozenColumnCount } },
        fields: "gridProperties.frozenRowCount,gridProperties.frozenColumnCount",
      },
    });
    const [wasRows, wasColumns] = [sheet.frozenRows, sheet.frozenColumns];
    return this.make("freeze", async () => {
      await this.book.batch([request(rows, columns)]);
      return [request(wasRows, wasColumns)];
    });
  }

  /** Changes properties of a tab: its title, place, colour or whether it is hidden. */
  tab(sheet, label, properties, fields) {
    const was = { sheetId: sheet.id };
    for (const field of fields.split(",")) if (sheet.properties[field] !== undefined) was[field] = sheet.properties[field];
    const request = (one) => ({ updateSheetProperties: { properties: one, fields } });
    return this.make(label, async () => {
      await this.book.batch([request({ sheetId: sheet.id, ...properties })]);
      return [request(was)];
    });
  }

  /** Adds or duplicates a tab and gives its id. */
  async addTab(request) {
    let id;
    await this.make("new tab", async () => {
      const answer = await this.book.batch([request]);
      const reply = answer.replies[0];
      id = (reply.addSheet ?? reply.duplicateSheet).properties.sheetId;
      return [{ deleteSheet: { sheetId: id } }];
    });
    return id;
  }

  /** A change that cannot be put back from here. */
  once(requests) {
    return this.inTurn(() => this.book.batch(requests));
  }

  /** Sorts what a filter view shows; the sheet itself stays as it is for everybody. */
  sortView(view, column, descending) {
    const request = (sortSpecs) => ({
      updateFilterView: { filter: { filterViewId: view.filterViewId, sortSpecs }, fields: "sortSpecs" },
    });
    const was = view.sortSpecs ?? [];
    return this.make("sort of the view", async () => {
      await this.book.batch([request([{ dimensionIndex: column, sortOrder: descending ? "DESCENDING" : "ASCENDING" }])]);
      return [request(was)];
    });
  }

  filter(sheet, filter) {
    const was = sheet.basicFilter;
    const request = (one) => (one ? { setBasicFilter: { filter: one } } : { clearBasicFilter: { sheetId: sheet.id } });
    return this.make("filter", async () => {
      await this.book.batch([request(filter)]);
      return [request(was)];
    });
  }
}

function remove(sheet, dimension, startIndex, endIndex) {
  return { deleteDimension: { range: { sheetId: sheet.id, dimension, startIndex, endIndex } } };
}

function dimensionProperties(sheet, dimension, startIndex, endIndex, properties) {
  return {
    updateDimensionProperties: {
      range: { sheetId: sheet.id, dimension, startIndex, endIndex },
      properties,
      fields: Object.keys(properties).join(","),
    },
  };
}
