// The small card beside a cell: its note, where its link leads, and what its rule asks for.
import { el } from "./dom.js";
import { linksOf } from "./runs.js";

export class Card {
  constructor(page, stage) {
    this.page = page;
    this.node = el("div", { class: "card", role: "note", hidden: true });
    stage.append(this.node);
    this.over = null;
    // A tab that has just opened is not covered by a card that nobody asked for.
    this.awake = false;
    for (const kind of ["pointerdown", "keydown"]) {
      page.grid.scroller.addEventListener(kind, () => (this.awake = true), { capture: true });
    }
    page.grid.scroller.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "mouse") return;
      const cell = event.target.closest(".c");
      if (!cell || cell === this.over) return;
      this.over = cell;
      clearTimeout(this.clock);
      const [row, column] = cell.id.slice(1).split("_").map(Number);
      this.clock = setTimeout(() => this.show(row, column, true), 350);
    });
    page.grid.scroller.addEventListener("pointerleave", (event) => {
      // Moving from the cell onto its own card must not close it: the card may hold a link.
      if (this.node.contains(event.relatedTarget)) return;
      this.rest();
    });
    this.node.addEventListener("pointerleave", () => this.rest());
    page.grid.scroller.addEventListener(
      "scroll",
      () => {
        this.hide();
        this.clock = setTimeout(() => this.rest(), 200);
      },
      { passive: true },
    );
  }

  /** Back to the card of the active cell. */
  rest() {
    clearTimeout(this.clock);
    this.over = null;
    this.show(this.page.selection.row, this.page.selection.column);
  }

  /** Shows more of a cell when it has come, if its card is still the one on show. */
  again(row, column, hovering) {
    if (!this.node.hidden && this.at === `${row},${column}`) this.show(row, column, hovering);
  }

  /** Hides it until a hand moves in the grid again. */
  sleep() {
    this.awake = false;
    this.hide();
  }

  hide() {
    clearTimeout(this.clock);
    this.node.hidden = true;
  }

  show(row, column, hovering = false) {
    const { page, node } = this;
    if ((!hovering && !this.awake) || page.previews?.offering) {
      node.hidden = true;
      return;
    }
    const cell = page.sheet.cell(row, column);
    const parts = [];
    for (const link of linksOf(cell)) {
      parts.push(el("p", {}, this.anchor(link)));
      const preview = page.previews?.shown(link, () => this.again(row, column, hovering));
      if (preview) parts.push(preview);
    }
    if (cell.note) parts.push(el("p", {}, cell.note));
    const hint = cell.dataValidation?.inputMessage;
    if (hint && !hovering) parts.push(el("p", { class: "hint" }, hint));
    const place = page.grid.node(row, column);
    if (!parts.length || !place || page.editor.busy) {
      if (!hovering || !page.editor.busy) node.hidden = true;
      return;
    }
    this.at = `${row},${column}`;
    node.replaceChildren(...parts);
    node.hidden = false;
    const stage = node.parentNode.getBoundingClientRect();
    const box = place.getBoundingClientRect();
    const right = box.right - stage.left + 4;
    const fits = right + node.offsetWidth < stage.width;
    node.style.left = `${fits ? right : Math.max(box.left - stage.left - node.offsetWidth - 4, 4)}px`;
    node.style.top = `${Math.max(4, Math.min(box.top - stage.top, stage.height - node.offsetHeight - 8))}px`;
  }

  anchor(uri) {
    if (!uri.startsWith("#")) return el("a", { href: uri, target: "_blank", rel: "noopener noreferrer" }, uri);
    return el("a", { href: uri }, this.page.placeName(uri) ?? "Go there");
  }
}
