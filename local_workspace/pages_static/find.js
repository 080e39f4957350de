// Find in the tab on show: reads the whole tab's values once, for most of its rows are not in the document.
import { quoteTitle } from "./a1.js";
import { attempt, byId } from "./dom.js";

export class Find {
  constructor(page) {
    this.page = page;
    this.bar = byId("find");
    this.input = byId("find-text");
    this.count = byId("find-count");
    this.hits = [];
    this.at = -1;
    this.input.addEventListener("input", () => attempt(() => this.search()));
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") this.close();
      else return;
      event.preventDefault();
    });
    byId("find-next").addEventListener("click", () => this.step(1));
    byId("find-previous").addEventListener("click", () => this.step(-1));
    byId("find-close").addEventListener("click", () => this.close());
  }

  open() {
    this.bar.hidden = false;
    this.rows = null;
    this.input.focus();
    this.input.select();
    if (this.input.value) attempt(() => this.search());
  }

  close() {
    this.bar.hidden = true;
    this.page.focusGrid();
  }

  async search() {
    const { sheet } = this.page;
    if (!this.rows || this.of !== sheet) {
      this.of = sheet;
      [this.rows] = await sheet.book.values([quoteTitle(sheet.title)]);
    }
    const wanted = this.input.value.trim().toLowerCase();
    this.hits = [];
    if (wanted) {
      this.rows.forEach((row, r) =>
        row.forEach((text, c) => {
          const seen = !sheet.hiddenRow(r) && !sheet.hiddenColumn(c);
          if (seen && String(text).toLowerCase().includes(wanted)) this.hits.push([r, c]);
        }),
      );
    }
    this.at = -1;
    this.step(1);
  }

  step(by) {
    if (!this.hits.length) {
      this.count.textContent = this.input.value ? "Nothing found" : "";
      return;
    }
    this.at = (this.at + by + this.hits.length) % this.hits.length;
    this.count.textContent = `${this.at + 1} of ${this.hits.length}`;
    this.page.go(...this.hits[this.at]);
  }
}
