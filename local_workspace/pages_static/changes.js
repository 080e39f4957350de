// Everything a person can change, as requests to the API, each with a way back.
// The workspace puts back the whole file as it stood, as long as nobody else has changed it since. When somebody has,
// an undo writes back the cells that it knows, so that what others wrote elsewhere stays; a change of more than cells
// is not undone then.
import * as api from "./api.js";
import { boxToA1, toGridRange } from "./a1.js";

const TYPED = "userEnteredValue,userEnteredFormat.numberFormat,textFormatRuns";
const WHOLE = "userEnteredValue,userEnteredFormat,note,dataValidation,textFormatRuns";
const MOST_UNDO = 100;
const OTHERS_CAME_BETWEEN = 412;

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
   * @param forward async () => requests that put it back although others have changed the file elsewhere since,
   *   or null when nothing safe does
   * @param watch {sheet, box} that must still read as this change left it, or those requests would destroy
   *   another's words
   */
  make(label, forward, watch = null) {
    return this.inTurn(async () => {
      const entry = { label, forward, watch };
      await this.carryOut(entry);
      this.undone.length = 0;
      this.remember(this.done, entry);
    });
  }

  /** A change that only the workspace can put back, as a whole. */
  whole(label, requests) {
    return this.make(label, async () => {
      await this.batch(requests);
      return null;
    });
  }

  async carryOut(entry) {
    this.numbers = [];
    entry.back = await entry.forward();
    entry.numbers = this.numbers;
    entry.left = await this.reading(entry.watch);
  }

  async batch(requests) {
    return this.send("POST", `${this.book.path}:batchUpdate`, { requests });
  }

  async send(method, path, body, query) {
    const { answer, change } = await api.change(method, path, body, query);
    // A request that changed nothing has no number, and nothing to undo.
    if (change) this.numbers.push(change);
    return answer;
  }

  async reading(watch) {
    if (!watch) return null;
    return JSON.stringify(await this.book.cells(watch.sheet, watch.box, "userEnteredValue,note"));
  }

  remember(stack, entry) {
    stack.push(entry);
    if (stack.length > MOST_UNDO) stack.shift();
  }

  /** Gives the label of what was put back, or null when nothing is left. */
  undo() {
    return this.turnBack(this.done, this.undone, false, (entry) => this.writeBack(entry));
  }

  redo() {
    return this.turnBack(this.undone, this.done, true, (entry) => this.carryOut(entry));
  }

  turnBack(from, to, again, otherwise) {
    return this.inTurn(async () => {
      const entry = from.at(-1);
      if (!entry) return null;
      // Until the workspace has answered, the entry stays where it is: it can be tried again.
      if (!(await this.restored(entry, again))) {
        if (!entry.back) {
          // What was done before it counts rows and columns that stand elsewhere now.
          from.length = 0;
          const what = again ? "done again" : "undone";
          throw new api.ApiError(409, `Someone has changed the file since your ${entry.label}, so it was not ${what}.`);
        }
        await otherwise(entry);
      }
      from.splice(from.indexOf(entry), 1);
      this.remember(to, entry);
      return entry.label;
    });
  }

  /** Whether the workspace has put the whole file back. */
  async restored(entry, again) {
    if (!entry.numbers.length) return true;
    try {
      await api.post(`/spreadsheets/d/${encodeURIComponent(this.book.id)}/undo`, { changes: entry.numbers, again });
      return true;
    } catch (error) {
      if (error.status !== OTHERS_CAME_BETWEEN) throw error;
      return false;
    }
  }

  async writeBack(entry) {
    if ((await this.reading(entry.watch)) !== entry.left) {
      this.done.pop();
      throw new api.ApiError(409, `Someone has changed these cells since your ${entry.label}, so it was not undone.`);
    }
    await this.book.batch(entry.back);
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
      if (grow.length) await this.batch(grow);
      const back = [await this.before(sheet, box, TYPED)];
      const range = boxToA1(sheet.title, box);
      const path = `${this.book.path}/values/${encodeURIComponent(range)}`;
      await this.send("PUT", path, { range, majorDimension: "ROWS", values: rows }, { valueInputOption: "USER_ENTERED" });
      // Others may have come to use the rows and columns that were added.
      return grow.length ? null : back;
    }, { sheet, box });
  }

  /** Sends requests after reading what they will overwrite. */
  overwrite(label, sheet, box, fields, requests) {
    return this.make(label, async () => {
      const back = await this.before(sheet, box, fields);
      await this.batch(requests);
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
    return this.whole("cut and paste", [
      {
        cutPaste: {
          source: toGridRange(source.id, from),
          destination: { sheetId: sheet.id, rowIndex: box.top, columnIndex: box.left },
          pasteType: "PASTE_NORMAL",
        },
      },
    ]);
  }

  insert(sheet, dimension, start, count, inheritFromBefore) {
    const range = { sheetId: sheet.id, dimension, startIndex: start, endIndex: start + count };
    const box =
      dimension === "ROWS"
        ? { ...sheet.whole, top: start, bottom: start + count }
        : { ...sheet.whole, left: start, right: start + count };
    const forward = async () => {
      await this.batch([{ insertDimension: { range, inheritFromBefore } }]);
      return [{ deleteDimension: { range } }];
    };
    return this.make(dimension === "ROWS" ? "insert row" : "insert column", forward, { sheet, box });
  }

  remove(sheet, dimension, start, end) {
    const range = { sheetId: sheet.id, dimension, startIndex: start, endIndex: end };
    return this.whole(dimension === "ROWS" ? "delete row" : "delete column", [{ deleteDimension: { range } }]);
  }

  /** Moves [start, end) so that it stands before `to`, counted as the sheet is now. */
  move(sheet, dimension, start, end, to) {
    const source = { sheetId: sheet.id, dimension, startIndex: start, endIndex: end };
    return this.whole(dimension === "ROWS" ? "move row" : "move column", [
      { moveDimension: { source, destinationIndex: to } },
    ]);
  }

  hide(sheet, dimension, start, end, hidden) {
    const metadata = (dimension === "ROWS" ? sheet.rowMetadata : sheet.columnMetadata) ?? [];
    return this.make(hidden ? "hide" : "unhide", async () => {
      const back = [];
      for (let i = start; i < end; i += 1) {
        const was = metadata[i]?.hiddenByUser ?? false;
        if (was !== hidden) back.push(dimensionProperties(sheet, dimension, i, i + 1, { hiddenByUser: was }));
      }
      await this.batch([dimensionProperties(sheet, dimension, start, end, { hiddenByUser: hidden })]);
      return back.length ? back : [dimensionProperties(sheet, dimension, start, end, { hiddenByUser: hidden })];
    });
  }

  resize(sheet, dimension, start, end, pixelSize) {
    const metadata = (dimension === "ROWS" ? sheet.rowMetadata : sheet.columnMetadata) ?? [];
    const was = metadata[start]?.pixelSize ?? 100;
    return this.make("resize", async () => {
      await this.batch([dimensionProperties(sheet, dimension, start, end, { pixelSize })]);
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
      await this.batch([request(rows, columns)]);
      return [request(wasRows, wasColumns)];
    });
  }

  /** Changes properties of a tab: its title, place, colour or whether it is hidden. */
  tab(sheet, label, properties, fields) {
    const was = { sheetId: sheet.id };
    for (const field of fields.split(",")) if (sheet.properties[field] !== undefined) was[field] = sheet.properties[field];
    const request = (one) => ({ updateSheetProperties: { properties: one, fields } });
    return this.make(label, async () => {
      await this.batch([request({ sheetId: sheet.id, ...properties })]);
      return [request(was)];
    });
  }

  /** Adds or duplicates a tab and gives its id. */
  async addTab(request) {
    let id;
    await this.make("new tab", async () => {
      const answer = await this.batch([request]);
      const reply = answer.replies[0];
      id = (reply.addSheet ?? reply.duplicateSheet).properties.sheetId;
      // Others may have come to use it.
      return null;
    });
    return id;
  }

  /** Sorts what a filter view shows; the sheet itself stays as it is for everybody. */
  sortView(view, column, descending) {
    const request = (sortSpecs) => ({
      updateFilterView: { filter: { filterViewId: view.filterViewId, sortSpecs }, fields: "sortSpecs" },
    });
    const was = view.sortSpecs ?? [];
    return this.make("sort of the view", async () => {
      await this.batch([request([{ dimensionIndex: column, sortOrder: descending ? "DESCENDING" : "ASCENDING" }])]);
      return [request(was)];
    });
  }

  filter(sheet, filter) {
    const was = sheet.basicFilter;
    const request = (one) => (one ? { setBasicFilter: { filter: one } } : { clearBasicFilter: { sheetId: sheet.id } });
    return this.make("filter", async () => {
      await this.batch([request(filter)]);
      return [request(was)];
    });
  }
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
