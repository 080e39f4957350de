// A workbook and its tabs as the API tells them. Cells are fetched in blocks of rows as they come into view,
// so that a long tab opens as fast as a short one.
import * as api from "./api.js";
import { boxToA1, holds, quoteTitle, toBox } from "./a1.js";
import { wrappedHeight } from "./paint.js";

const BLOCK = 60;
export const ROW_HEIGHT = 21;
export const COLUMN_WIDTH = 100;
const NOTHING = Object.freeze({});

const TAB_FIELDS =
  "properties,merges,charts,filterViews,basicFilter,bandedRanges,protectedRanges";
const FORMAT_FIELDS =
  "backgroundColor,backgroundColorStyle,horizontalAlignment,verticalAlignment,wrapStrategy,borders," +
  "numberFormat(type),textFormat(foregroundColor,foregroundColorStyle,fontFamily,fontSize,bold,italic," +
  "strikethrough,underline,link)";
const CELL_FIELDS =
  "userEnteredValue,effectiveValue,formattedValue,hyperlink,note,textFormatRuns," +
  "dataValidation(condition,strict,inputMessage,showCustomUi)," +
  `effectiveFormat(${FORMAT_FIELDS})`;

/** Old state files may hold counts that no sheet can have. */
const clamp = (count, most) => Math.max(0, Math.min(count, most));

export class Book {
  constructor(id) {
    this.id = id;
    this.path = `/v4/spreadsheets/${encodeURIComponent(id)}`;
    this.sheets = new Map();
    this.properties = { title: "" };
  }

  /** Reads what the tabs are, not what they hold. Tabs already known keep their cells until they are read anew. */
  async open() {
    const fields = `properties(title,locale,timeZone),namedRanges,sheets(${TAB_FIELDS})`;
    const answer = await api.get(this.path, { fields, prettyPrint: "false" });
    this.properties = answer.properties;
    this.namedRanges = answer.namedRanges ?? [];
    const known = this.sheets;
    this.sheets = new Map();
    for (const raw of answer.sheets ?? []) {
      const sheet = known.get(raw.properties.sheetId) ?? new Sheet(this);
      sheet.take(raw);
      this.sheets.set(raw.properties.sheetId, sheet);
    }
  }

  visible() {
    return [...this.sheets.values()].filter((sheet) => !sheet.properties.hidden);
  }

  byTitle(title) {
    return [...this.sheets.values()].find((sheet) => sheet.title === title);
  }

  /** Values of several ranges in one request: a list of row lists, in the order asked. */
  async values(ranges, valueRenderOption = "FORMATTED_VALUE") {
    if (!ranges.length) return [];
    const answer = await api.get(`${this.path}/values:batchGet`, { ranges, valueRenderOption, prettyPrint: "false" });
    return answer.valueRanges.map((range) => range.values ?? []);
  }

  batch(requests) {
    return api.post(`${this.path}:batchUpdate`, { requests });
  }

  /** Whole cells of a box, whatever `fields` asks of them: what an undo needs to put back. */
  async cells(sheet, box, fields) {
    const answer = await api.get(this.path, {
      ranges: boxToA1(sheet.title, box),
      fields: `sheets(data(rowData(values(${fields}))))`,
      prettyPrint: "false",
    });
    const rows = answer.sheets?.[0]?.data?.[0]?.rowData ?? [];
    const width = box.right - box.left;
    return Array.from({ length: box.bottom - box.top }, (_, r) => ({
      values: Array.from({ length: width }, (__, c) => rows[r]?.values?.[c] ?? {}),
    }));
  }
}

export class Sheet {
  constructor(book) {
    this.book = book;
    this.rows = new Map();
    this.blocks = new Map();
    this.epoch = 0;
    this.hiddenByView = null;
    this.order = null;
    this.measured = false;
  }

  /** What a filter view shows and in which order, or null for the sheet as it is for everybody. */
  lookThrough(view) {
    this.hiddenByView = view && new Set(view.hidden);
    this.order = null;
    if (!view?.order.length) return;
    this.order = Int32Array.from({ length: this.rowCount }, (_, row) => row);
    this.order.set(view.order.filter((row) => row < this.rowCount), view.top);
    this.places = new Int32Array(this.rowCount);
    this.order.forEach((row, place) => (this.places[row] = place));
  }

  /** A row's number counts in the sheet; its place counts on the screen, where a filter view may have sorted it. */
  rowAt(place) {
    return this.order?.[place] ?? place;
  }

  placeOf(row) {
    return this.order ? (this.places[row] ?? row) : row;
  }

  take(raw) {
    const grid = raw.properties.gridProperties ?? {};
    this.properties = raw.properties;
    this.id = raw.properties.sheetId;
    this.title = raw.properties.title;
    this.rowCount = grid.rowCount ?? 0;
    this.columnCount = grid.columnCount ?? 0;
    this.frozenRows = clamp(grid.frozenRowCount ?? 0, this.rowCount);
    this.frozenColumns = clamp(grid.frozenColumnCount ?? 0, this.columnCount);
    this.gridlines = !grid.hideGridlines;
    this.merges = (raw.merges ?? []).map((range) => toBox(range, this.rowCount, this.columnCount));
    this.charts = raw.charts ?? [];
    this.filterViews = raw.filterViews ?? [];
    this.basicFilter = raw.basicFilter ?? null;
    this.banding = (raw.bandedRanges ?? []).map((band) => ({
      ...band,
      box: toBox(band.range, this.rowCount, this.columnCount),
    }));
    this.protections = (raw.protectedRanges ?? []).map((range) => ({
      ...range,
      box: toBox(range.range ?? {}, this.rowCount, this.columnCount),
      open: (range.unprotectedRanges ?? []).map((open) => toBox(open, this.rowCount, this.columnCount)),
    }));
  }

  get whole() {
    return { top: 0, left: 0, bottom: this.rowCount, right: this.columnCount };
  }

  /** What is read may be out of date: it stays on show until its new reading arrives. */
  outdate() {
    this.epoch += 1;
    this.measured = false;
  }

  /** Reads heights, widths and what is hidden. */
  measure() {
    this.measuring = this.readSizes();
    return this.measuring;
  }

  async readSizes() {
    const epoch = this.epoch;
    if (!this.rowCount) return;
    const answer = await api.get(this.book.path, {
      ranges: quoteTitle(this.title),
      fields: "sheets(data(rowMetadata(pixelSize,hiddenByUser,hiddenByFilter),columnMetadata(pixelSize,hiddenByUser)))",
      prettyPrint: "false",
    });
    const data = answer.sheets?.[0]?.data?.[0] ?? {};
    this.rowMetadata = data.rowMetadata ?? [];
    this.columnMetadata = data.columnMetadata ?? [];
    if (epoch === this.epoch) this.measured = true;
    this.layOut();
  }

  hiddenColumn(column) {
    return Boolean(this.columnMetadata?.[column]?.hiddenByUser);
  }

  /** Hidden by somebody's hand, not by a filter: the numbers show the gap. */
  putAway(row) {
    return Boolean(this.rowMetadata?.[row]?.hiddenByUser);
  }

  hiddenRow(row) {
    const known = this.rowMetadata?.[row];
    return Boolean(known?.hiddenByUser || known?.hiddenByFilter || this.hiddenByView?.has(row));
  }

  layOut() {
    this.left = new Float64Array(this.columnCount + 1);
    for (let c = 0; c < this.columnCount; c += 1) {
      const width = this.hiddenColumn(c) ? 0 : (this.columnMetadata?.[c]?.pixelSize ?? COLUMN_WIDTH);
      this.left[c + 1] = this.left[c] + width;
    }
    this.top = new Float64Array(this.rowCount + 1);
    for (let p = 0; p < this.rowCount; p += 1) this.top[p + 1] = this.top[p] + this.heightOf(this.rowAt(p));
  }

  heightOf(row) {
    if (this.hiddenRow(row)) return 0;
    const set = this.rowMetadata?.[row]?.pixelSize ?? ROW_HEIGHT;
    // A row nobody sized grows with its wrapped text, as people expect; a sized one keeps its size.
    return set === ROW_HEIGHT ? (this.rows.get(row)?.tall ?? set) : set;
  }

  width(column) {
    return this.left[column + 1] - this.left[column];
  }

  height(row) {
    const place = this.placeOf(row);
    return this.top[place + 1] - this.top[place];
  }

  /** How far down a row begins. */
  topOf(row) {
    return this.top[this.placeOf(row)];
  }

  cell(row, column) {
    return this.rows.get(row)?.values[column] ?? NOTHING;
  }

  /** Whether the cells of rows top..bottom (excluded) have been read. */
  isLoaded(top, bottom) {
    for (let n = this.blockOf(top); n <= this.blockOf(bottom - 1); n += 1) if (!this.blocks.get(n)?.ready) return false;
    return true;
  }

  /** The values of a box as plain rows, from what has been read or else from the workspace. */
  async plainValues(box) {
    if (!this.isLoaded(box.top, box.bottom)) {
      const [rows] = await this.book.values([boxToA1(this.title, box)], "UNFORMATTED_VALUE");
      return rows;
    }
    const rows = [];
    for (let r = box.top; r < box.bottom; r += 1) {
      const row = [];
      for (let c = box.left; c < box.right; c += 1) {
        const value = this.cell(r, c).effectiveValue ?? {};
        row.push(value.numberValue ?? value.stringValue ?? value.boolValue ?? (value.errorValue ? "#" : ""));
      }
      rows.push(row);
    }
    return rows;
  }

  mergeAt(row, column) {
    return this.merges.find((box) => holds(box, row, column)) ?? null;
  }

  bandAt(row, column) {
    return this.banding.find((band) => holds(band.box, row, column)) ?? null;
  }

  /** The protection in the way of editing this cell, or null. */
  protectionAt(row, column) {
    return (
      this.protections.find(
        (range) => holds(range.box, row, column) && !range.open.some((box) => holds(box, row, column)),
      ) ?? null
    );
  }

  /** Reads the blocks that hold places first..last and are missing or out of date; gives those that came, by number. */
  async load(first, last) {
    const holding = new Set();
    for (let p = first; p <= Math.min(last, this.rowCount - 1); p += 1) holding.add(this.blockOf(this.rowAt(p)));
    const wanted = [...holding].filter((n) => this.blocks.get(n)?.epoch !== this.epoch);
    if (!wanted.length || !this.columnCount) return [];
    await Promise.all(wanted.map((n) => this.loadBlock(n)));
    this.layOut();
    return wanted;
  }

  blockOf(row) {
    return Math.floor(row / BLOCK);
  }

  async loadBlock(n) {
    const block = { epoch: this.epoch, ready: this.blocks.get(n)?.ready ?? false };
    this.blocks.set(n, block);
    const box = { top: n * BLOCK, bottom: Math.min((n + 1) * BLOCK, this.rowCount), left: 0, right: this.columnCount };
    let rows;
    try {
      rows = await this.book.cells(this, box, CELL_FIELDS);
    } catch (error) {
      this.blocks.delete(n);
      throw error;
    }
    // Text wraps within its column's width.
    await this.measuring;
    // A later edit may have asked again meanwhile: its answer is the newer one.
    if (this.blocks.get(n) !== block) return;
    rows.forEach((row, i) => {
      const number = box.top + i;
      this.rows.set(number, { values: row.values, tall: wrappedHeight(this, number, row.values) });
    });
    block.ready = true;
  }
}
