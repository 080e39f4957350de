// The tabs along the bottom.
import { asked } from "./dialogs.js";
import { attempt, byId, el } from "./dom.js";
import { styleCss } from "./colour.js";
import { showMenu } from "./menus.js";
import { tabMenu } from "./commands.js";

export class Tabs {
  constructor(page) {
    this.page = page;
    this.list = byId("tabs");
    this.list.addEventListener("click", (event) => {
      const tab = event.target.closest("[role=tab]");
      if (tab) attempt(() => page.open(Number(tab.dataset.gid)));
    });
    this.list.addEventListener("contextmenu", (event) => {
      const tab = event.target.closest("[role=tab]");
      if (!tab) return;
      event.preventDefault();
      this.menu(Number(tab.dataset.gid), { x: event.clientX, y: event.clientY }, tab);
    });
    this.list.addEventListener("keydown", (event) => this.keys(event));
    byId("tab-add").addEventListener("click", () => this.add());
    byId("tab-menu").addEventListener("click", (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      this.menu(page.sheet.id, { x: box.left, y: box.top - 8 }, event.currentTarget);
    });
  }

  menu(gid, at, opener) {
    const sheet = this.page.book.sheets.get(gid);
    showMenu(tabMenu(this.page, sheet), at, opener, `Tab ${sheet.title}`);
  }

  draw() {
    const { page } = this;
    const had = this.list.contains(document.activeElement);
    this.list.replaceChildren(
      ...page.book.visible().map((sheet) => {
        const chosen = sheet === page.sheet;
        const locked = sheet.protections.some((range) => range.range?.startRowIndex === undefined && range.range?.startColumnIndex === undefined);
        const tab = el(
          "button",
          {
            role: "tab",
            type: "button",
            "data-gid": sheet.id,
            "aria-selected": String(chosen),
            "aria-controls": "stage",
            tabindex: chosen ? 0 : -1,
            class: locked ? "locked" : null,
          },
          el("span", {}, sheet.title),
          locked ? el("span", { class: "visually-hidden" }, " (protected)") : null,
        );
        const colour = styleCss(sheet.properties.tabColorStyle, sheet.properties.tabColor);
        if (colour) {
          tab.classList.add("coloured");
          tab.style.setProperty("--tab", colour);
        }
        return tab;
      }),
    );
    const chosen = this.list.querySelector("[aria-selected=true]");
    chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (had) chosen?.focus();
  }

  keys(event) {
    const tabs = [...this.list.children];
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    if (to !== undefined) tabs[to % tabs.length].focus();
    else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      const box = document.activeElement.getBoundingClientRect();
      this.menu(Number(document.activeElement.dataset.gid), { x: box.left, y: box.top }, document.activeElement);
    } else return;
    event.preventDefault();
  }

  async add() {
    const title = await asked("New tab", "Name", this.freeName(), { go: "Add" });
    if (!title?.trim()) return;
    await this.addBy({ addSheet: { properties: { title: title.trim() } } });
  }

  async addBy(request) {
    const { page } = this;
    let id;
    await page.act(async () => {
      id = await page.changes.addTab(request);
    }, "Added.");
    if (id !== undefined) await attempt(() => page.open(id));
  }

  freeName() {
    for (let n = 1; ; n += 1) if (!this.page.book.byTitle(`Sheet${n}`)) return `Sheet${n}`;
  }
}
