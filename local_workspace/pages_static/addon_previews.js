// Links that an add-on knows: a chip in place of a pasted address, and the add-on's card beside a cell that links there.
import { toGridRange } from "./a1.js";
import { AddonCard } from "./addon_card.js";
import { el, say } from "./dom.js";

const KEPT = 5 * 60_000;
const ADDRESS = /^https?:\/\/\S+$/i;

export class Previews {
  /** @param page of the sheet; @param addons {list, ask(addon, asked), show(addon), hooks} */
  constructor(page, addons, stage) {
    this.page = page;
    this.addons = addons;
    this.knowing = addons.list.filter((one) => one.previews);
    this.kept = new Map();
    this.offer = el("div", { class: "chip-offer", hidden: true });
    stage.append(this.offer);
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
    document.addEventListener("pointerdown", (event) => {
      if (!this.offer.contains(event.target)) this.drop();
    });
  }

  /** The preview of a link, null for one that no add-on knows; asked for at most every five minutes. */
  of(url) {
    const known = this.kept.get(url);
    if (known && Date.now() - known.at < KEPT) return known.promise;
    const promise = this.ask(url).catch(() => null);
    this.kept.set(url, { at: Date.now(), promise });
    return promise;
  }

  async ask(url) {
    for (const addon of this.knowing) {
      const outcome = await this.addons.ask(addon, { kind: "preview", url });
      if (outcome.kind === "preview") return { ...outcome, addon };
    }
    return null;
  }

  /** The add-on's card for a link, once it is there; `later` is called when it comes. */
  shown(url, later) {
    if (!this.knowing.length || !ADDRESS.test(url)) return null;
    const known = this.kept.get(url);
    if (known?.node && Date.now() - known.at < KEPT) return known.node;
    if (known?.waiting) return null;
    const promise = this.of(url);
    const entry = this.kept.get(url);
    entry.waiting = true;
    promise.then((preview) => {
      entry.waiting = false;
      if (!preview) return;
      entry.node = this.drawn(preview);
      later();
    });
    return null;
  }

  drawn(preview) {
    const { addons } = this;
    const inPanel = (card, onClick, opener, more) => {
      if (!onClick.openLink) addons.show(preview.addon);
      return addons.press(card, onClick, opener, more);
    };
    const body = preview.card ? [new AddonCard(preview.card, { ...addons.hooks, press: inPanel }).node] : [];
    return el("div", { class: "link-preview" }, el("p", { class: "preview-title" }, preview.hover), ...body);
  }

  /** After an address was pasted into one cell: offers the add-on's title in its place. */
  async pasted(text, sheet, row, column) {
    if (!ADDRESS.test(text)) return;
    const preview = await this.of(text);
    const { page } = this;
    const node = page.sheet === sheet && page.grid.node(row, column);
    if (!preview || !node || page.editor.busy) return;
    this.chip = { text, title: preview.title, sheet, row, column };
    const take = el("button", { type: "button", onclick: () => this.take() }, `Replace URL with “${preview.title}”`);
    this.offer.replaceChildren(take, el("kbd", { "aria-hidden": "true" }, "Tab"));
    this.offer.hidden = false;
    page.card.hide();
    const stage = this.offer.parentNode.getBoundingClientRect();
    const box = node.getBoundingClientRect();
    this.offer.style.left = `${Math.max(4, Math.min(box.left - stage.left, stage.width - this.offer.offsetWidth - 8))}px`;
    this.offer.style.top = `${Math.min(box.bottom - stage.top + 3, stage.height - this.offer.offsetHeight - 8)}px`;
    say(`Press Tab to replace the URL with “${preview.title}”.`);
  }

  key(event) {
    if (!this.chip || /^(Shift|Control|Alt|Meta)$/.test(event.key)) return;
    if (event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      this.take();
    } else if (!this.offer.contains(event.target)) this.drop();
  }

  /** Whether the cell's own card has to wait: it would lie over the offer. */
  get offering() {
    return !this.offer.hidden;
  }

  drop() {
    if (!this.chip) return;
    this.chip = null;
    this.offer.hidden = true;
    this.page.card.rest();
  }

  take() {
    const { page, chip } = this;
    const { text, title, sheet, row, column } = chip;
    this.drop();
    page.focusGrid();
    const box = { top: row, left: column, bottom: row + 1, right: column + 1 };
    const value = { userEnteredValue: { stringValue: title }, userEnteredFormat: { textFormat: { link: { uri: text } } } };
    const fields = "userEnteredValue,userEnteredFormat.textFormat.link";
    const request = { updateCells: { range: toGridRange(sheet.id, box), rows: [{ values: [value] }], fields } };
    return page.guarded(box, () => page.act(() => page.changes.whole("the chip", [request]), "Replaced by its title."));
  }
}
