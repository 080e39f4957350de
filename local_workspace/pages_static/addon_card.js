// One card: its header, sections and footer as nodes, and what its fields hold.
import { picture } from "./addon_icons.js";
import { rich } from "./addon_text.js";
import { button, widget } from "./addon_widgets.js";
import { el } from "./dom.js";

let count = 0;

export class AddonCard {
  /** @param hooks {run(card, action, more), complete(card, action), press(card, onClick, opener, more), zone} */
  constructor(body, hooks) {
    this.body = body;
    this.name = body.name ?? "";
    this.hooks = hooks;
    this.zone = hooks.zone;
    this.fields = new Map();
    this.node = this.draw();
  }

  // ---- what widgets ask of their card

  add(field) {
    this.fields.set(field.name, field);
  }

  run(action, more = {}) {
    return this.hooks.run(this, action, more);
  }

  complete(action) {
    return this.hooks.complete(this, action);
  }

  press(onClick, opener, more = {}) {
    return this.hooks.press(this, onClick, opener, more);
  }

  // ---- fields

  inputs() {
    const found = {};
    for (const field of this.fields.values()) {
      const value = field.read();
      if (value) found[field.name] = value;
    }
    return found;
  }

  /** Takes over what was typed in a card that this one replaces. */
  keep(inputs) {
    for (const field of this.fields.values()) field.write(inputs[field.name] ?? null);
  }

  reset() {
    for (const field of this.fields.values()) field.reset();
  }

  /** Whether an action may go out: what it requires is filled in, and nothing is malformed. The first fault gets the focus. */
  ready(action) {
    const needed = action.allWidgetsAreRequired ? [...this.fields.keys()] : (action.requiredWidgets ?? []);
    let first = null;
    for (const field of this.fields.values()) {
      const missing = needed.includes(field.name) && !field.read();
      const fault = missing ? `Fill in “${field.label}”.` : field.fault();
      field.tell(fault);
      if (fault) first ??= field;
    }
    first?.focus();
    return first === null;
  }

  // ---- drawing

  draw() {
    const { header, sections = [], fixedFooter } = this.body;
    const node = el("div", { class: "addon-card" });
    if (header) {
      node.append(
        el(
          "div",
          { class: "card-header" },
          header.imageUrl ? picture(header.imageUrl, header.imageAltText, header.imageType === "CIRCLE" ? "badge round" : "badge") : null,
          el("div", {}, el("h3", { tabindex: -1 }, header.title), header.subtitle ? el("p", {}, header.subtitle) : null),
        ),
      );
    }
    const body = el("div", { class: "card-body" }, ...sections.map((one) => this.section(one)));
    if (this.body.sectionDividerStyle === "NO_DIVIDER") body.classList.add("no-lines");
    node.append(body);
    if (fixedFooter) {
      const { primaryButton, secondaryButton } = fixedFooter;
      const main = button(primaryButton, this);
      if (!primaryButton.color) main.classList.add("main");
      node.append(el("div", { class: "card-footer" }, main, secondaryButton ? button(secondaryButton, this) : null));
    }
    return node;
  }

  section(one) {
    const widgets = one.widgets.map((item) => widget(item, this));
    const title = one.header ? el("h4", {}, rich(one.header)) : null;
    const always = one.collapsible ? (one.uncollapsibleWidgetsCount ?? 0) : widgets.length;
    const node = el("section", { class: "card-section" }, title, ...widgets.slice(0, always));
    if (title) {
      title.id = `addon-section-${(count += 1)}`;
      node.setAttribute("aria-labelledby", title.id);
    }
    if (always >= widgets.length) return node;
    const rest = el("div", { hidden: true, id: `addon-rest-${(count += 1)}` }, ...widgets.slice(always));
    const more = el("button", { type: "button", class: "plain more", "aria-expanded": "false", "aria-controls": rest.id }, "Show more");
    const of = one.header ? el("span", { class: "visually-hidden" }, ` of ${title.textContent}`) : "";
    more.append(of);
    more.addEventListener("click", () => {
      rest.hidden = !rest.hidden;
      more.setAttribute("aria-expanded", String(!rest.hidden));
      more.replaceChildren(rest.hidden ? "Show more" : "Show less", of);
    });
    node.append(rest, more);
    return node;
  }
}
