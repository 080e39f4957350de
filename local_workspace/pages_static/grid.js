// Draws the part of a tab that is in view: letters, numbers, frozen rows and columns, cells, charts on top.
// Rows outside the view do not exist in the document; aria-rowindex tells a screen reader where it is.
import { columnLetter } from "./a1.js";
import { el } from "./dom.js";
import { alignment, background, cellClass, textWidth } from "./paint.js";
import { linksOf, writeText } from "./runs.js";

export const NUMBER_WIDTH = 46;
export const LETTER_HEIGHT = 24;
const MORE_ROWS = 8;
const MORE_COLUMNS = 3;

export class Grid {
  /**
   * @param scroller the element that scrolls; the grid inside it has the keyboard focus
   * @param hooks {selection(), filterAt(sheet,row,column), onView(first,last)}
   */
  constructor(scroller, hooks) {
    this.scroller = scroller;
    this.hooks = hooks;
    this.letters = el("div", { role: "row", class: "letters", "aria-rowindex": 1 });
    this.frozen = el("div", { class: "frozen", role: "presentation" });
    this.head = el("div", { role: "rowgroup", class: "head" }, this.letters, this.frozen);
    this.body = el("div", { role: "rowgroup", class: "body" });
    this.floating = el("div", { class: "floating" });
    this.table = el(
      "div",
      { class: "table", role: "grid", tabindex: 0, "aria-label": "Sheet", "aria-multiselectable": "true" },
      this.head,
      this.body,
    );
    // Charts lie over the cells but are no part of the grid: a screen reader meets them after it.
    scroller.append(this.table, this.floating);
    this.drawn = new Map();
    this.columns = null;
    let asked = false;
    scroller.addEventListener(
      "scroll",
      () => {
        if (asked) return;
        asked = true;
        requestAnimationFrame(() => {
          asked = false;
          this.draw();
        });
      },
      { passive: true },
    );
    new ResizeObserver(() => {
      if (this.sheet?.left && this.stuckColumns() !== this.stuck) this.redraw();
      else this.draw();
    }).observe(scroller);
  }

  show(sheet) {
    this.sheet = sheet;
    this.table.setAttribute("aria-label", `${sheet.title}, sheet`);
    this.table.setAttribute("aria-rowcount", sheet.rowCount + 1);
    this.table.setAttribute("aria-colcount", sheet.columnCount + 1);
    this.scroller.classList.toggle("bare", !sheet.gridlines);
    this.redraw();
  }

  /** Sizes may have changed, and cells: everything in view is drawn again, and the view stays where it was. */
  redraw() {
    const { sheet } = this;
    if (!sheet?.left) return;
    this.stuck = this.stuckColumns();
    const bodyHeight = sheet.top[sheet.rowCount] - sheet.top[sheet.frozenRows];
    this.table.style.width = `${NUMBER_WIDTH + sheet.left[sheet.columnCount]}px`;
    this.body.style.height = `${bodyHeight}px`;
    this.floating.style.top = `${LETTER_HEIGHT + sheet.top[sheet.frozenRows]}px`;
    this.drawn.forEach((row) => row.remove());
    this.drawn.clear();
    this.columns = null;
    this.draw();
  }

  /** On a phone, frozen columns wider than the screen would hide all others: then only those that fit stay put. */
  stuckColumns() {
    const { sheet, scroller } = this;
    let count = sheet.frozenColumns;
    while (count > 0 && NUMBER_WIDTH + sheet.left[count] > scroller.clientWidth * 0.6) count -= 1;
    return count;
  }

  /** The places of rows [first, last] and the columns that the scroller shows, beyond the frozen ones. */
  view() {
    const { sheet, scroller } = this;
    const frozenWidth = sheet.left[this.stuck];
    const headHeight = LETTER_HEIGHT + sheet.top[sheet.frozenRows];
    const y = sheet.top[sheet.frozenRows] + scroller.scrollTop;
    const x = frozenWidth + scroller.scrollLeft;
    const down = Math.max(scroller.clientHeight - headHeight, 1);
    const along = Math.max(scroller.clientWidth - NUMBER_WIDTH - frozenWidth, 1);
    return {
      first: Math.max(sheet.frozenRows, indexAt(sheet.top, y) - MORE_ROWS),
      last: Math.min(sheet.rowCount - 1, indexAt(sheet.top, y + down) + MORE_ROWS),
      from: Math.max(this.stuck, indexAt(sheet.left, x) - MORE_COLUMNS),
      to: Math.min(sheet.columnCount - 1, indexAt(sheet.left, x + along) + MORE_COLUMNS),
    };
  }

  draw() {
    const { sheet } = this;
    if (!sheet?.left) return;
    const view = this.view();
    // A tall merged cell is drawn by its first row, even when only its lower part is in view.
    for (const merge of sheet.merges) {
      if (!sheet.order && merge.top < view.first && merge.bottom > view.first) view.first = Math.max(merge.top, sheet.frozenRows);
    }
    for (const merge of sheet.merges) {
      if (merge.left < view.from && merge.right > view.from) view.from = Math.max(merge.left, this.stuck);
    }
    const columns = `${view.from}:${view.to}`;
    if (columns !== this.columns) {
      this.columns = columns;
      this.from = view.from;
      this.to = view.to;
      this.drawn.forEach((row) => row.remove());
      this.drawn.clear();
      this.drawLetters();
      const frozen = [];
      for (let p = 0; p < sheet.frozenRows; p += 1) if (sheet.height(sheet.rowAt(p))) frozen.push(this.row(sheet.rowAt(p)));
      this.frozen.replaceChildren(...frozen);
    }
    for (const [r, node] of this.drawn) {
      const place = sheet.placeOf(r);
      if (place < view.first || place > view.last) {
        node.remove();
        this.drawn.delete(r);
      }
    }
    let next = null;
    for (let place = view.last; place >= view.first; place -= 1) {
      const r = sheet.rowAt(place);
      let node = this.drawn.get(r);
      if (!node) {
        if (!sheet.height(r)) continue;
        node = this.row(r);
        node.style.top = `${sheet.top[place] - sheet.top[sheet.frozenRows]}px`;
        this.body.insertBefore(node, next);
        this.drawn.set(r, node);
      }
      next = node;
    }
    this.mark();
    this.hooks.onView(view.first, view.last);
  }

  /** Draws anew only those rows whose cells have arrived. The view may have moved on since they were asked for. */
  redrawBlocks(blocks) {
    const { sheet } = this;
    const rows = [...this.frozen.children].map((node) => Number(node.dataset.row));
    for (const r of [...rows, ...this.drawn.keys()]) if (blocks.includes(sheet.blockOf(r))) this.redrawRow(r);
    this.mark();
  }

  redrawRow(r) {
    const old = this.rowNode(r);
    if (!old) return;
    const fresh = this.row(r);
    if (this.drawn.has(r)) {
      fresh.style.top = old.style.top;
      this.drawn.set(r, fresh);
    }
    old.replaceWith(fresh);
  }

  rowNode(r) {
    return this.drawn.get(r) ?? this.frozen.querySelector(`[data-row="${r}"]`);
  }

  drawLetters() {
    const { sheet } = this;
    const nodes = [el("div", { class: "corner", role: "columnheader", "aria-colindex": 1 })];
    nodes[0].append(el("span", { class: "visually-hidden" }, "Whole sheet"));
    this.eachColumn((c) => {
      const node = el("div", {
        class: "letter",
        role: "columnheader",
        "aria-colindex": c + 2,
        "data-column": c,
      });
      node.textContent = columnLetter(c);
      if (c > 0 && !sheet.width(c - 1)) node.classList.add("after-hidden");
      const grip = el("div", { class: "grip", "data-grip": c, "aria-hidden": "true" });
      node.append(grip);
      this.place(node, c);
      return node;
    }, nodes);
    this.letters.replaceChildren(...nodes);
  }

  /** Calls make(column) for the frozen columns and those in view, with a gap between, and adds what it gives. */
  eachColumn(make, nodes) {
    const { sheet } = this;
    const add = (c) => {
      const node = sheet.width(c) ? make(c) : null;
      if (node) nodes.push(node);
    };
    for (let c = 0; c < this.stuck; c += 1) add(c);
    const gap = sheet.left[this.from] - sheet.left[this.stuck];
    if (gap > 0) {
      const space = el("div", { class: "gap", role: "presentation" });
      space.style.width = `${gap}px`;
      nodes.push(space);
    }
    for (let c = this.from; c <= this.to; c += 1) add(c);
  }

  place(node, c) {
    const { sheet } = this;
    node.style.width = `${sheet.width(c)}px`;
    if (c < this.stuck) {
      node.style.left = `${NUMBER_WIDTH + sheet.left[c]}px`;
      node.classList.add("stuck");
      if (c === this.stuck - 1) node.classList.add("edge");
    }
  }

  row(r) {
    const { sheet } = this;
    const node = el("div", { role: "row", class: "row", "aria-rowindex": r + 2, "data-row": r });
    node.style.height = `${sheet.height(r)}px`;
    const number = el("div", { role: "rowheader", class: "number", "aria-colindex": 1 });
    number.textContent = r + 1;
    const place = sheet.placeOf(r);
    if (place > 0 && sheet.putAway(sheet.rowAt(place - 1))) number.classList.add("after-hidden");
    const nodes = [number];
    this.eachColumn((c) => this.cell(r, c), nodes);
    node.append(...nodes);
    if (place === sheet.frozenRows - 1) node.classList.add("edge");
    return node;
  }

  cell(r, c) {
    const { sheet } = this;
    const merge = sheet.merges.length ? sheet.mergeAt(r, c) : null;
    const covered = merge && (merge.top !== r || merge.left !== c);
    const cell = covered ? {} : sheet.cell(r, c);
    const node = document.createElement("div");
    node.id = `c${r}_${c}`;
    node.setAttribute("role", covered ? "presentation" : "gridcell");
    node.className = `c ${covered ? "" : cellClass(sheet, r, c, cell)}`;
    this.place(node, c);
    if (covered) {
      // The cell keeps its room so that the columns stay in step; the first cell lies over it.
      node.classList.add("covered");
      return node;
    }
    node.setAttribute("aria-colindex", c + 2);
    if (merge) this.spread(node, r, c, merge);
    this.fill(node, r, c, cell);
    return node;
  }

  spread(node, r, c, merge) {
    const { sheet } = this;
    node.classList.add("merged");
    const width = sheet.left[merge.right] - sheet.left[c];
    node.style.width = `${width}px`;
    let height = 0;
    for (let row = merge.top; row < merge.bottom; row += 1) height += sheet.height(row);
    node.style.height = `${height}px`;
    // It must not push its neighbours along: it takes the room of one column and lies over the others.
    node.style.marginRight = `${sheet.width(c) - width}px`;
    node.setAttribute("aria-colspan", merge.right - merge.left);
    node.setAttribute("aria-rowspan", merge.bottom - merge.top);
  }

  fill(node, r, c, cell) {
    const { sheet } = this;
    const text = cell.formattedValue ?? "";
    const rule = cell.dataValidation?.condition?.type;
    if (cell.note) node.classList.add("noted");
    if (cell.effectiveValue?.errorValue) node.classList.add("wrong");
    if (rule === "BOOLEAN") {
      const on = cell.effectiveValue?.boolValue === true;
      node.classList.add("tick");
      node.append(el("span", { class: on ? "box on" : "box", role: "img", "aria-label": on ? "ticked" : "not ticked" }));
    } else if (text) {
      this.write(node, r, c, cell, text);
    }
    if ((rule === "ONE_OF_LIST" || rule === "ONE_OF_RANGE") && cell.dataValidation.showCustomUi !== false) {
      this.cutShort(node);
      node.classList.add("choice");
      node.setAttribute("aria-haspopup", "listbox");
      node.append(el("span", { class: "drop", "data-drop": true, "aria-hidden": "true" }));
    }
    if (this.hooks.filterAt(sheet, r, c)) {
      const on = this.hooks.filterAt(sheet, r, c) === "on";
      if (!node.classList.contains("choice")) this.cutShort(node);
      node.classList.add("filtered");
      node.append(el("span", { class: on ? "funnel on" : "funnel", "data-filter": c, "aria-hidden": "true" }));
    }
    if (cell.note) node.setAttribute("aria-description", `Note: ${cell.note}`);
  }

  /** Words end before the arrow instead of beneath it. */
  cutShort(node) {
    const words = el("span", { class: "cut" });
    words.append(...node.childNodes);
    node.append(words);
  }

  /** Text that is wider than its column runs on over empty neighbours, unless it wraps or is cut. */
  write(node, r, c, cell, text) {
    const { sheet } = this;
    const strategy = cell.effectiveFormat?.wrapStrategy ?? "OVERFLOW_CELL";
    const runsOn =
      strategy === "OVERFLOW_CELL" &&
      alignment(cell) === "LEFT" &&
      cell.effectiveValue?.stringValue !== undefined &&
      text.length * 9 > sheet.width(c) - 8 &&
      !/^ONE_OF/.test(cell.dataValidation?.condition?.type ?? "") &&
      !this.hooks.filterAt(sheet, r, c) &&
      !node.classList.contains("merged");
    const put = (into) => {
      const whole = !cell.textFormatRuns?.length && linksOf(cell).length > 0;
      if (whole) into.append(el("span", { class: "link" }, text));
      else writeText(into, cell, text);
    };
    if (!runsOn) {
      put(node);
      return;
    }
    const need = textWidth(text, cell.effectiveFormat) + 8;
    if (need <= sheet.width(c)) {
      put(node);
      return;
    }
    let end = c + 1;
    const edge = c < this.stuck ? this.stuck : sheet.columnCount;
    while (end < edge && sheet.left[end] - sheet.left[c] < need && !sheet.cell(r, end).formattedValue) end += 1;
    if (end === c + 1 || sheet.mergeAt(r, c + 1)) {
      put(node);
      return;
    }
    const span = el("span", { class: "runs" });
    put(span);
    span.style.width = `${sheet.left[end] - sheet.left[c] - 8}px`;
    // Over a coloured neighbour the text would be cut by its background: the cell is lifted above it.
    node.classList.add("over");
    if (!background(sheet, r, c, cell)) node.classList.add("clear");
    node.append(span);
  }

  node(r, c) {
    return document.getElementById(`c${r}_${c}`);
  }

  /** Shows the selection: tint, the active cell's outline, and the letters and numbers that lead to it. */
  mark() {
    const selection = this.hooks.selection();
    if (!selection) return;
    const { box, row, column } = selection;
    for (const node of this.scroller.querySelectorAll(".picked,.active,.led")) {
      node.classList.remove("picked", "active", "led");
      node.removeAttribute("aria-selected");
    }
    const rows = [...this.frozen.children, ...this.drawn.values()];
    const single = box.bottom - box.top === 1 && box.right - box.left === 1;
    for (const node of rows) {
      const r = Number(node.dataset.row);
      if (r < box.top || r >= box.bottom) continue;
      node.firstChild.classList.add("led");
      if (single) continue;
      for (let c = box.left; c < box.right; c += 1) {
        const cell = this.node(r, c);
        if (!cell) continue;
        cell.classList.add("picked");
        cell.setAttribute("aria-selected", "true");
      }
    }
    for (const letter of this.letters.children) {
      const c = Number(letter.dataset.column ?? -1);
      if (c >= box.left && c < box.right) letter.classList.add("led");
    }
    const active = this.node(row, column);
    if (active) {
      active.classList.add("active");
      active.setAttribute("aria-selected", "true");
      this.table.setAttribute("aria-activedescendant", active.id);
    } else {
      this.table.removeAttribute("aria-activedescendant");
    }
  }

  /** Scrolls as little as needed for the cell to be clear of the frozen part. */
  reveal(row, column) {
    const { sheet, scroller } = this;
    if (sheet.placeOf(row) >= sheet.frozenRows) {
      const top = sheet.topOf(row) - sheet.top[sheet.frozenRows];
      const room = scroller.clientHeight - LETTER_HEIGHT - sheet.top[sheet.frozenRows];
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top + sheet.height(row) > scroller.scrollTop + room) scroller.scrollTop = top + sheet.height(row) - room;
    }
    if (column >= this.stuck) {
      const left = sheet.left[column] - sheet.left[this.stuck];
      const room = scroller.clientWidth - NUMBER_WIDTH - sheet.left[this.stuck];
      if (left < scroller.scrollLeft) scroller.scrollLeft = left;
      else if (left + sheet.width(column) > scroller.scrollLeft + room) {
        // A column wider than the room is shown from its beginning.
        scroller.scrollLeft = Math.min(left, left + sheet.width(column) - room);
      }
    }
    this.draw();
  }

  /** {row, column} under a pointer's target; row or column is null over the letters, numbers or corner. */
  static at(target) {
    const cell = target.closest?.(".c");
    if (cell) {
      const [row, column] = cell.id.slice(1).split("_").map(Number);
      return { row, column };
    }
    const letter = target.closest?.(".letter");
    if (letter) return { row: null, column: Number(letter.dataset.column) };
    const number = target.closest?.(".number");
    if (number) return { row: Number(number.parentNode.dataset.row), column: null };
    return target.closest?.(".corner") ? { row: null, column: null } : undefined;
  }
}

/** The index whose stretch [edges[i], edges[i+1]) holds the point. */
function indexAt(edges, point) {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= point) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}
