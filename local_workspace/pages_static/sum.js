// What a person glances at below the sheet: how many of the chosen cells are filled, and their sum.
import { attempt, byId } from "./dom.js";

const MOST_CELLS = 100_000;

export class Sum {
  constructor(page) {
    this.page = page;
    this.node = byId("sum");
  }

  show() {
    clearTimeout(this.clock);
    const { sheet, selection } = this.page;
    const { box } = selection;
    const cells = (box.bottom - box.top) * (box.right - box.left);
    this.node.textContent = "";
    if (cells < 2 || cells > MOST_CELLS) return;
    // While a box is being drawn the workspace is not asked at every step.
    this.clock = setTimeout(() => attempt(() => this.work(sheet, box)), 120);
  }

  async work(sheet, box) {
    const rows = await sheet.plainValues(box);
    if (sheet !== this.page.sheet || box !== this.page.selection.box) return;
    const values = [];
    rows.forEach((row, r) => {
      // What a filter hides does not count, as in every spreadsheet.
      if (!sheet.hiddenRow(box.top + r)) values.push(...row.filter((value) => value !== "" && value !== null));
    });
    const numbers = values.filter((value) => typeof value === "number");
    const parts = [];
    if (values.length > 1) parts.push(`Filled: ${values.length}`);
    if (numbers.length > 1) {
      const sum = numbers.reduce((total, number) => total + number, 0);
      parts.push(`Sum: ${Number(sum.toPrecision(12)).toLocaleString("en-GB")}`);
    }
    this.node.textContent = parts.join("   ");
  }
}
