// Which cells are chosen: one active cell, and the box around it that commands act on.

export class Selection {
  constructor() {
    this.row = 0;
    this.column = 0;
    this.kind = "cells";
    this.box = { top: 0, left: 0, bottom: 1, right: 1 };
  }

  /** Chooses one cell, or the whole merged cell it is part of. */
  pick(sheet, row, column) {
    const merge = sheet.mergeAt(row, column);
    this.row = merge?.top ?? row;
    this.column = merge?.left ?? column;
    this.anchor = { row: this.row, column: this.column };
    this.head = { ...this.anchor };
    this.kind = "cells";
    this.frame(sheet);
  }

  /** Draws the box from the first chosen cell to this one. */
  stretch(sheet, row, column) {
    // Rows that a sorted view shows together lie apart in the sheet: no box holds them and no others.
    this.head = { row: sheet.order ? this.anchor.row : row, column };
    this.frame(sheet);
  }

  pickRows(sheet, from, last = from) {
    const first = sheet.order ? last : from;
    this.kind = "rows";
    this.anchor = { row: first, column: 0 };
    this.head = { row: last, column: sheet.columnCount - 1 };
    this.row = first;
    this.column = firstShown(sheet.columnCount, (c) => !sheet.hiddenColumn(c));
    this.frame(sheet);
  }

  pickColumns(sheet, first, last = first) {
    this.kind = "columns";
    this.anchor = { row: 0, column: first };
    this.head = { row: sheet.rowCount - 1, column: last };
    this.row = sheet.rowAt(firstShown(sheet.rowCount, (place) => !sheet.hiddenRow(sheet.rowAt(place))));
    this.column = first;
    this.frame(sheet);
  }

  pickAll(sheet) {
    this.pickColumns(sheet, 0, sheet.columnCount - 1);
    this.kind = "all";
  }

  frame(sheet) {
    const { anchor, head } = this;
    const box = {
      top: Math.min(anchor.row, head.row),
      left: Math.min(anchor.column, head.column),
      bottom: Math.max(anchor.row, head.row) + 1,
      right: Math.max(anchor.column, head.column) + 1,
    };
    // A box that cuts a merged cell takes it whole, which may reach the next one.
    for (let grew = true; grew; ) {
      grew = false;
      for (const merge of sheet.merges) {
        const meets = merge.top < box.bottom && box.top < merge.bottom && merge.left < box.right && box.left < merge.right;
        if (!meets) continue;
        const wider = {
          top: Math.min(box.top, merge.top),
          left: Math.min(box.left, merge.left),
          bottom: Math.max(box.bottom, merge.bottom),
          right: Math.max(box.right, merge.right),
        };
        if (Object.keys(box).some((side) => box[side] !== wider[side])) {
          Object.assign(box, wider);
          grew = true;
        }
      }
    }
    this.box = box;
  }

  /** Steps over hidden rows and columns; stays where it is at the edge of the sheet. */
  move(sheet, down, along, stretching = false) {
    const from = stretching ? this.head : { row: this.row, column: this.column };
    const merge = stretching ? null : sheet.mergeAt(from.row, from.column);
    const place = sheet.placeOf(from.row);
    const start = merge && down > 0 ? merge.bottom - 1 : place;
    const row = sheet.rowAt(step(place, down, start, sheet.rowCount, (p) => sheet.hiddenRow(sheet.rowAt(p))));
    const column = step(
      from.column,
      along,
      merge && along > 0 ? merge.right - 1 : from.column,
      sheet.columnCount,
      (c) => sheet.hiddenColumn(c),
    );
    if (stretching) this.stretch(sheet, row, column);
    else this.pick(sheet, row, column);
  }

  /** Ctrl + arrow, where `filledAt(row, column)` says what is filled: to the last filled cell of a run, or the first one after a gap, or the edge. */
  leap(sheet, down, along, stretching, filledAt) {
    const filled = (place, c) => filledAt(sheet.rowAt(place), c);
    let { column } = stretching ? this.head : this;
    let row = sheet.placeOf((stretching ? this.head : this).row);
    const inside = () => row + down >= 0 && row + down < sheet.rowCount && column + along >= 0 && column + along < sheet.columnCount;
    const run = filled(row, column) && inside() && filled(row + down, column + along);
    while (inside()) {
      if (run && !filled(row + down, column + along)) break;
      row += down;
      column += along;
      if (!run && filled(row, column)) break;
    }
    while (sheet.hiddenRow(sheet.rowAt(row)) && row > 0) row -= 1;
    while (sheet.hiddenColumn(column) && column > 0) column -= 1;
    row = sheet.rowAt(row);
    if (stretching) this.stretch(sheet, row, column);
    else this.pick(sheet, row, column);
  }

  /** Where a view has sorted the rows, a box over several of them no longer is what it seems: one cell is left. */
  part(sheet) {
    if (sheet.order && (this.kind === "cells" || this.kind === "rows")) this.pick(sheet, this.row, this.column);
  }

  /** After rows or columns went away the selection may stand outside the sheet. */
  keepInside(sheet) {
    const row = Math.min(this.row, Math.max(sheet.rowCount - 1, 0));
    const column = Math.min(this.column, Math.max(sheet.columnCount - 1, 0));
    const outside = this.box.bottom > sheet.rowCount || this.box.right > sheet.columnCount;
    if (row !== this.row || column !== this.column || outside) this.pick(sheet, row, column);
  }
}

function firstShown(count, shown) {
  for (let i = 0; i < count; i += 1) if (shown(i)) return i;
  return 0;
}

function step(from, by, start, count, hidden) {
  if (!by) return from;
  const direction = Math.sign(by);
  let at = start;
  let left = Math.abs(by);
  let landed = from;
  while (left > 0) {
    at += direction;
    if (at < 0 || at >= count) break;
    if (hidden(at)) continue;
    landed = at;
    left -= 1;
  }
  return landed;
}
