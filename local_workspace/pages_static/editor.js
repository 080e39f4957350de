// The place where a cell is typed: a text area over the cell, joined to the formula bar, with a list beneath it
// where the cell takes its values from a list.
import { boxToA1, parseA1 } from "./a1.js";
import { byId, el, say } from "./dom.js";
import { typedText } from "./typed.js";
import { marksOf } from "./whereabouts.js";

const MOST_SHOWN = 200;

export class Editor {
  /** @param page {book, sheet, grid, selection, commit(row, column, text, move), focusGrid()} */
  constructor(page, stage) {
    this.page = page;
    this.cell = null;
    this.input = el("textarea", { class: "edit", rows: 1, spellcheck: "true", autocomplete: "off", hidden: true });
    this.list = el("div", { role: "listbox", class: "options", id: "options", hidden: true, "aria-label": "Choices" });
    this.bar = byId("formula");
    stage.append(this.input, this.list);
    this.input.addEventListener("input", () => this.changed(this.input));
    this.bar.addEventListener("input", () => this.changed(this.bar));
    this.bar.addEventListener("focus", () => this.begin({ focus: false }));
    this.input.addEventListener("keydown", (event) => this.keys(event));
    this.bar.addEventListener("keydown", (event) => this.keys(event));
    for (const box of [this.input, this.bar]) {
      box.addEventListener("blur", () => setTimeout(() => this.left(), 0));
    }
    this.list.addEventListener("pointerdown", (event) => {
      // The text area must not lose the focus before the choice is made.
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.finish(option.dataset.value, [0, 0]);
    });
    page.grid.scroller.addEventListener("scroll", () => this.place(), { passive: true });
  }

  get busy() {
    return this.cell !== null;
  }

  /** @param text what replaces the cell's text, or null to go on from what is there */
  begin({ text = null, focus = true } = {}) {
    const { page } = this;
    if (this.busy) return;
    const { row, column } = page.selection;
    if (!page.sheet.rowCount || !page.mayEdit(row, column)) {
      this.bar.blur();
      page.focusGrid();
      return;
    }
    const cell = page.sheet.cell(row, column);
    this.cell = { row, column, sheet: page.sheet, marks: marksOf(page.sheet.rows.get(row)?.values ?? []) };
    this.before = typedText(cell, page.book.properties.locale);
    this.replaced = text !== null;
    const shown = text ?? this.before;
    this.input.value = shown;
    this.bar.value = shown;
    this.input.hidden = false;
    this.input.setAttribute("aria-label", `Cell ${byId("where").value}`);
    page.grid.reveal(row, column);
    this.place();
    this.options = null;
    const rule = cell.dataValidation;
    const chooses = rule && /^ONE_OF_(LIST|RANGE)$/.test(rule.condition?.type);
    if (focus) {
      this.input.focus({ preventScroll: true });
      // Where a value is chosen, typing looks for another one instead of lengthening the old.
      this.input.setSelectionRange(chooses && text === null ? 0 : shown.length, shown.length);
    }
    if (chooses) this.offer(rule, text ?? "");
  }

  changed(source) {
    const other = source === this.bar ? this.input : this.bar;
    other.value = source.value;
    this.place();
    if (this.options) this.narrow(source.value);
  }

  place() {
    if (!this.busy || this.input.hidden) return;
    const { page, input } = this;
    const node = page.grid.node(this.cell.row, this.cell.column);
    const stage = input.parentNode.getBoundingClientRect();
    if (!node) {
      input.classList.add("away");
      return;
    }
    input.classList.remove("away");
    const box = node.getBoundingClientRect();
    const left = Math.max(box.left - stage.left, 0);
    input.style.left = `${left}px`;
    input.style.top = `${box.top - stage.top}px`;
    input.style.minWidth = `${Math.min(box.width, stage.width - left)}px`;
    input.style.maxWidth = `${Math.max(stage.width - left - 8, 80)}px`;
    input.style.width = `${Math.min(box.width, stage.width - left)}px`;
    input.style.minHeight = `${box.height}px`;
    input.style.height = "auto";
    // A long text widens the box first and then heightens it, as far as there is room.
    if (input.scrollWidth > input.clientWidth || input.scrollHeight > box.height + 6) {
      input.style.width = `${Math.min(Math.max(box.width, 260), stage.width - left - 8)}px`;
    }
    input.style.height = `${Math.min(input.scrollHeight + 2, stage.height - 20)}px`;
    const edge = input.getBoundingClientRect();
    this.list.style.left = `${left}px`;
    this.list.style.minWidth = `${Math.min(Math.max(box.width, 160), stage.width - left - 4)}px`;
    const below = stage.bottom - edge.bottom;
    this.list.style.maxHeight = `${Math.max(Math.min(260, Math.max(below, edge.top - stage.top) - 6), 80)}px`;
    const height = this.list.offsetHeight;
    const above = below < height && edge.top - stage.top > below;
    this.list.style.top = `${above ? edge.top - stage.top - height - 2 : edge.bottom - stage.top + 2}px`;
  }

  async offer(rule, typed) {
    const cell = this.cell;
    let values;
    try {
      values = await optionsOf(rule, this.page.book, cell.sheet);
    } catch (error) {
      say(error.message, "error");
      return;
    }
    if (this.cell !== cell) return;
    this.options = values;
    this.strict = Boolean(rule.strict);
    this.narrow(this.replaced ? this.input.value : typed);
  }

  narrow(typed) {
    const wanted = typed.trim().toLowerCase();
    const found = this.options.filter((value) => value.toLowerCase().includes(wanted));
    found.sort((a, b) => b.toLowerCase().startsWith(wanted) - a.toLowerCase().startsWith(wanted));
    this.list.replaceChildren(
      ...found.slice(0, MOST_SHOWN).map((value, i) =>
        el("div", { role: "option", id: `option${i}`, "data-value": value, "aria-selected": "false" }, value),
      ),
    );
    if (!found.length) this.list.append(el("div", { class: "none", role: "option", "aria-disabled": "true" }, "Nothing in the list fits"));
    this.list.hidden = false;
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", "options");
    this.input.setAttribute("aria-autocomplete", "list");
    const at = wanted ? 0 : found.indexOf(this.before);
    this.point(wanted || at >= 0 ? Math.min(at, found.length - 1) : -1);
    this.place();
  }

  point(index) {
    const items = [...this.list.querySelectorAll("[data-value]")];
    this.pointed = items[index] ? index : -1;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    items[index]?.scrollIntoView({ block: "nearest" });
    if (items[index]) this.input.setAttribute("aria-activedescendant", items[index].id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  keys(event) {
    if (!this.busy || event.isComposing) return;
    const moves = { Enter: event.shiftKey ? [-1, 0] : [1, 0], Tab: event.shiftKey ? [0, -1] : [0, 1] };
    const listed = this.options && !this.list.hidden;
    if (event.key === "Tab" && event.target === this.bar && this.bar.value === this.before) {
      // Nobody typed: whoever goes through the page by Tab goes on.
      this.close();
      return;
    }
    if (event.key === "Escape") this.cancel();
    else if (event.key === "Enter" && (event.altKey || event.ctrlKey || event.metaKey)) this.newLine(event.target);
    else if (moves[event.key]) {
      const items = this.list.querySelectorAll("[data-value]");
      const chosen = listed && this.pointed >= 0 ? items[this.pointed]?.dataset.value : undefined;
      this.finish(chosen ?? event.target.value, moves[event.key]);
    } else if (listed && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const count = this.list.querySelectorAll("[data-value]").length;
      if (count) this.point((this.pointed + (event.key === "ArrowDown" ? 1 : count - (this.pointed < 0 ? 0 : 1))) % count);
    } else if (this.replaced && event.target === this.input && /^Arrow/.test(event.key)) {
      // Typed over a cell: arrows go on to the next cell, as in every spreadsheet.
      const by = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      this.finish(event.target.value, by);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  newLine(box) {
    box.setRangeText("\n", box.selectionStart, box.selectionEnd, "end");
    this.changed(box);
  }

  /** Leaving by clicking elsewhere keeps what was typed. */
  left() {
    const here = document.activeElement;
    if (!this.busy || here === this.input || here === this.bar || !document.hasFocus()) return;
    this.finish(this.input.value, null);
  }

  close() {
    const { cell } = this;
    this.cell = null;
    this.options = null;
    this.input.hidden = true;
    this.list.hidden = true;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-autocomplete", "aria-activedescendant"]) {
      this.input.removeAttribute(name);
    }
    return cell;
  }

  cancel() {
    this.close();
    this.page.focusGrid();
    this.page.shown();
  }

  /** @param move [down, along] to the next cell, or null to leave the selection and the focus alone */
  finish(text, move) {
    if (!this.busy) return;
    const refused = this.options && this.strict && text !== "" && !this.options.includes(text);
    if (refused) {
      say(`“${text}” is not in this cell's list. Choose one of the list, or press Escape.`, "error");
      if (move) return;
      this.cancel();
      return;
    }
    const same = text === this.before;
    const cell = this.close();
    if (move) this.page.focusGrid();
    if (!same) this.page.commit(cell, text);
    if (move) this.page.step(...move);
    else this.page.shown();
  }
}

/** The list of a ONE_OF_LIST or ONE_OF_RANGE rule, without blanks and repeats. */
export async function optionsOf(rule, book, sheet) {
  const written = rule.condition.values ?? [];
  if (rule.condition.type === "ONE_OF_LIST") return written.map((value) => value.userEnteredValue);
  const reference = (written[0]?.userEnteredValue ?? "").replace(/^=/, "");
  const parsed = parseA1(reference, sheet.rowCount, sheet.columnCount);
  const cut = reference.lastIndexOf("!") + 1;
  const range =
    parsed && !parsed.title ? boxToA1(sheet.title, parsed.box) : reference.slice(0, cut) + reference.slice(cut).replaceAll("$", "");
  const [rows] = await book.values([range]);
  return [...new Set(rows.flat().filter((value) => value !== ""))];
}
