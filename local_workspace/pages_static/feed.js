// Brings the cells that come into view from the workspace to the grid.

export class Feed {
  constructor(page) {
    this.page = page;
    this.wanted = null;
    this.fetching = false;
  }

  /**
   * Fetches what came into view. While one view is on its way only the newest other one waits: a long scroll must
   * not queue up everything it passes before what it comes to.
   */
  async fetch(first, last) {
    this.wanted = { first, last };
    if (this.fetching) return;
    this.fetching = true;
    try {
      while (this.wanted) {
        const next = this.wanted;
        this.wanted = null;
        await this.fetchPlaces(next.first, next.last);
      }
    } finally {
      this.fetching = false;
    }
  }

  /** Draws only when something new arrived. */
  async fetchPlaces(first, last) {
    const { page } = this;
    const { sheet, grid } = page;
    const before = sheet.top;
    const anchor = this.anchorPlace();
    const came = await sheet.load(first, last);
    if (!came.length || sheet !== page.sheet) return;
    const grew = sheet.top[sheet.rowCount] !== before[sheet.rowCount];
    const moved = sheet.top[anchor] - before[anchor];
    if (grew) {
      grid.redraw();
      // Rows above that grew with their text must not push what is being read out of view.
      if (moved) grid.scroller.scrollTop += moved;
    } else grid.redrawBlocks(came);
    page.tell();
  }

  /** The place of the first row in view beneath the frozen ones. */
  anchorPlace() {
    const { sheet, grid } = this.page;
    const y = sheet.top[sheet.frozenRows] + grid.scroller.scrollTop;
    let place = sheet.frozenRows;
    while (place < sheet.rowCount - 1 && sheet.top[place + 1] <= y) place += 1;
    return place;
  }
}
