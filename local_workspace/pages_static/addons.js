// The rail of add-ons beside a page and the side panel: asks through the workspace's server, draws what is answered.
import * as api from "./api.js";
import { AddonCard } from "./addon_card.js";
import { Stack } from "./addon_stack.js";
import { agreed } from "./dialogs.js";
import { el } from "./dom.js";
import { showMenu } from "./menus.js";

const TOAST = 8000;
const CLOSED_YET = 500;

export class Addons {
  /**
   * Puts the rail beside a page, when the account has add-ons there.
   * @param host SHEETS or CALENDAR
   * @param container the element whose last children the panel and the rail become
   * @param context {place() -> what a request says of where the person is}
   */
  static async beside(host, container, context) {
    const { addons, timeZone } = await api.get("/addons", { host });
    document.body.dataset.addons = String(addons.length);
    return addons.length ? new Addons(host, container, context, addons, timeZone) : null;
  }

  constructor(host, container, context, list, zone) {
    Object.assign(this, { host, context, list, zone, addon: null, event: null, shut: false });
    this.stack = new Stack();
    this.turn = 0;
    this.buttons = new Map(list.map((one) => [one.id, this.badge(one)]));
    this.rail = el("nav", { class: "addon-rail", "aria-label": "Add-ons" }, ...this.buttons.values());
    this.title = el("h2", { id: "addon-title" });
    this.back = el("button", { type: "button", class: "icon-button", "aria-label": "Back", hidden: true, onclick: () => this.goBack() }, "‹");
    this.more = el("button", { type: "button", class: "icon-button", "aria-label": "More of this add-on", "aria-haspopup": "menu", onclick: () => this.menu() }, "⋮");
    const shut = el("button", { type: "button", class: "icon-button", "aria-label": "Close the panel", onclick: () => this.close() }, "✕");
    this.about = el("p", { class: "about-event", hidden: true });
    this.content = el("div", { class: "addon-content" });
    this.loading = el("div", { class: "addon-loading", hidden: true }, el("span", { class: "spinner", "aria-hidden": "true" }));
    this.toast = el("div", { class: "addon-toast", role: "status" });
    this.panel = el(
      "section",
      { class: "addon-panel", "aria-labelledby": "addon-title", hidden: true },
      el("div", { class: "addon-bar" }, this.back, this.title, this.more, shut),
      this.about,
      el("div", { class: "addon-stage" }, this.content, this.loading),
      this.toast,
    );
    // Keys of the page, such as undo, are not meant while somebody works in the panel.
    this.panel.addEventListener("keydown", (event) => event.stopPropagation());
    container.classList.add("with-addons");
    container.append(this.panel, this.rail);
  }

  badge(one) {
    const node = el("button", { type: "button", "aria-label": one.name, title: one.name, "aria-pressed": "false" }, el("span", { "aria-hidden": "true" }, one.name.slice(0, 1).toUpperCase()));
    if (one.colour) node.style.setProperty("--addon", one.colour);
    node.addEventListener("click", () => (this.addon === one ? this.close() : this.open(one)));
    return node;
  }

  // ---- the panel

  open(one) {
    this.show(one);
    return this.start();
  }

  show(one) {
    if (this.addon !== one) this.stack = new Stack();
    this.addon = one;
    this.shut = false;
    this.panel.hidden = false;
    this.title.textContent = one.name;
    for (const [id, button] of this.buttons) button.setAttribute("aria-pressed", String(id === one.id));
  }

  close() {
    const button = this.buttons.get(this.addon?.id);
    this.turn += 1;
    this.addon = null;
    this.shut = true;
    this.panel.hidden = true;
    this.wait(false);
    button?.setAttribute("aria-pressed", "false");
    button?.focus();
  }

  /** The first card: of the open event where there is one, else the homepage. */
  start() {
    const kind = this.event && this.addon.opensEvents ? "event" : "home";
    return this.perform({ kind }, { fresh: true });
  }

  home() {
    this.event = null;
    return this.start();
  }

  /** An event was opened on the calendar: whoever has not closed the panel sees its card. @param event {calendarId, eventId, about} */
  eventOpened(event) {
    this.event = event;
    const one = this.addon ?? this.list.find((each) => each.opensEvents);
    if (this.shut || !one?.opensEvents) return undefined;
    return this.open(one);
  }

  menu() {
    const card = this.stack.top;
    const own = (card?.body?.cardActions ?? []).map((one) => ({ label: one.actionLabel, run: () => card.press(one.onClick, this.more) }));
    const all = this.addon.universalActions.map((one, index) => ({
      label: one.label,
      run: () => (one.openLink ? this.openLink({ url: one.openLink }) : this.perform({ kind: "universal", index })),
    }));
    const groups = [own, all, [{ label: "Reload", run: () => this.start() }]].filter((group) => group.length);
    const items = groups.flatMap((group, i) => (i ? [null, ...group] : group));
    const box = this.more.getBoundingClientRect();
    showMenu(items, { x: box.left, y: box.bottom }, this.more, `More of ${this.addon.name}`);
  }

  goBack() {
    this.stack.back();
    this.draw();
  }

  // ---- asking

  get hooks() {
    return {
      zone: this.zone,
      run: (card, action, more) => this.run(card, action, more),
      complete: (card, action) => this.complete(card, action),
      press: (card, onClick, opener, more) => this.press(card, onClick, opener, more),
    };
  }

  press(card, onClick, opener, more = {}) {
    if (onClick.openLink) return this.openLink(onClick.openLink);
    if (onClick.card) {
      this.stack.move([{ pushCard: onClick.card }], (body) => this.made(body));
      return this.draw();
    }
    if (onClick.overflowMenu) {
      const items = onClick.overflowMenu.items.map((one) => ({ label: one.text, off: Boolean(one.disabled), run: () => card.press(one.onClick, opener) }));
      const box = opener.getBoundingClientRect();
      return showMenu(items, { x: box.left, y: box.bottom }, opener, opener.textContent.trim() || "More");
    }
    return this.run(card, onClick.action ?? onClick.openDynamicLinkAction, more);
  }

  async run(card, action, more = {}) {
    if (!card.ready(action)) return;
    const asked = { kind: "act", function: action.function, parameters: { ...parametersOf(action), ...more }, formInputs: card.inputs() };
    await this.perform(asked, { card, persist: action.persistValues, quiet: action.loadIndicator === "NONE" });
  }

  async complete(card, action) {
    const asked = { kind: "complete", function: action.function, parameters: parametersOf(action), formInputs: card.inputs() };
    try {
      const outcome = await this.ask(this.addon, asked);
      if (outcome.kind === "suggestions") return outcome.items;
      this.tell(outcome.message ?? "No suggestions could be fetched.", outcome.detail);
    } catch (error) {
      this.tell(error.message);
    }
    return [];
  }

  ask(addon, asked) {
    const { about, ...event } = this.event ?? {};
    return api.post(`/addons/${encodeURIComponent(addon.id)}/run`, { host: this.host, ...this.context.place(), ...event, ...asked });
  }

  /** Asks the add-on and does what it answers; an answer that the person has gone away from is dropped. */
  async perform(asked, how = {}) {
    const turn = (this.turn += 1);
    const addon = this.addon;
    this.toast.replaceChildren();
    this.wait(!how.quiet);
    let outcome;
    try {
      outcome = await this.ask(addon, asked);
    } catch (error) {
      outcome = { kind: "failure", message: error.message };
    }
    if (turn !== this.turn) return;
    this.wait(false);
    await this.take(outcome, { ...how, kind: asked.kind, again: () => this.perform(asked, how) });
  }

  async take(outcome, how) {
    for (const note of outcome.notes ?? []) console.info(`Add-on ${this.addon.id}: ${note}`);
    if (outcome.kind === "failure") this.failed(outcome.message, outcome.detail, how);
    else if (outcome.kind === "scopes") await this.askScopes(outcome.scopes, how);
    else if (outcome.kind === "signIn") this.signIn(outcome, how);
    else if (outcome.kind === "render") await this.render(outcome, how);
    else if (how.fresh) this.failed("This add-on has nothing to show here.", "", how);
  }

  async render(outcome, how) {
    const first = how.fresh || (how.kind === "granted" && outcome.navigations[0]?.pushCard);
    const stack = first ? new Stack() : this.stack;
    try {
      stack.move(outcome.navigations, (body) => this.made(body), (old, fresh) => how.persist && fresh.keep(old.inputs()));
    } catch (error) {
      this.failed("There was a problem with this add-on.", error.message, how);
      return;
    }
    this.stack = stack;
    // Without persistValues the server's values count: those of the card, which stays as it came.
    if (how.card && !how.persist && stack.top === how.card) how.card.reset();
    if (outcome.navigations.length || first) this.draw();
    if (outcome.notification) this.tell(outcome.notification);
    if (outcome.link) this.openLink(outcome.link);
    if (outcome.fileScope) await this.askFile();
  }

  made(body) {
    return new AddonCard(body, this.hooks);
  }

  // ---- showing

  /** Shows the top card; the focus stays in the panel when it was there. */
  draw() {
    const held = this.panel.contains(document.activeElement) || document.activeElement === document.body;
    const old = this.drawn;
    const { top } = this.stack;
    const field = held && old && [...old.fields.values()].find((one) => one.node.contains(document.activeElement));
    const pressed = held && document.activeElement.matches?.(".addon-content button") && document.activeElement.textContent;
    this.drawn = top;
    this.back.hidden = this.stack.cards.length < 2;
    this.about.hidden = !(this.event && this.addon.opensEvents);
    this.about.replaceChildren(this.event?.about ?? "", " ", el("button", { type: "button", class: "plain", onclick: () => this.home() }, "Home"));
    if (old === top && this.content.contains(top?.node)) return;
    this.content.replaceChildren(top ? top.node : el("p", { class: "words" }, "This add-on shows nothing here."));
    this.content.scrollTop = 0;
    if (!held || !top) return;
    const same = field ? top.fields.get(field.name) : null;
    const button = pressed && [...top.node.querySelectorAll("button")].find((one) => one.textContent === pressed);
    if (same) same.focus();
    else (button || top.node.querySelector("h3") || this.title).focus();
  }

  wait(on) {
    const held = on && this.content.contains(document.activeElement) ? document.activeElement : this.held;
    this.loading.hidden = !on;
    this.content.inert = on;
    this.panel.setAttribute("aria-busy", String(on));
    this.held = on ? held : null;
    if (!on && held?.isConnected && document.activeElement === document.body) held.focus();
  }

  tell(sentence, detail = "") {
    clearTimeout(this.clock);
    this.toast.replaceChildren(sentence, ...(detail ? [developer(detail)] : []));
    this.clock = setTimeout(() => this.toast.replaceChildren(), TOAST);
  }

  plain(parts, how) {
    const card = { body: {}, name: "", fields: new Map(), node: el("div", { class: "addon-card plain-card" }, ...parts) };
    if (how.fresh) this.stack = new Stack();
    this.stack.cards.push(card);
    this.draw();
  }

  failed(message, detail, how) {
    const again = el("button", { type: "button", onclick: () => this.again(how) }, "Try again");
    this.plain([el("h3", { tabindex: -1 }, "Something went wrong"), el("p", {}, message), detail ? developer(detail) : "", el("p", {}, again)], how);
  }

  again(how) {
    if (!how.fresh) this.stack.back();
    this.draw();
    return how.again();
  }

  signIn({ url, resource }, how) {
    const words = `${this.addon.name} needs you to sign in${resource ? ` to ${resource}` : ""}.`;
    const go = el("button", { type: "button", class: "main", onclick: () => this.openLink({ url, onClose: "RELOAD" }) }, "Sign in");
    this.plain([el("h3", { tabindex: -1 }, "Sign in"), el("p", {}, words), el("p", {}, go)], how);
  }

  // ---- what a person agrees to

  async askScopes(scopes, how) {
    const list = el("ul", { class: "scopes" }, ...scopes.map((scope) => el("li", {}, scope.replace("https://www.googleapis.com/auth/", ""))));
    const words = el("p", {}, `${this.addon.name} asks for more access as ${document.body.dataset.viewer}:`);
    if (await agreed("Allow access?", [words, list], "Allow")) {
      if (await this.give("scopes", { scopes })) await how.again();
      return;
    }
    const go = el("button", { type: "button", class: "main", onclick: () => this.again(how) }, "Authorise access");
    if (how.fresh) this.plain([el("h3", { tabindex: -1 }, "Access is needed"), el("p", {}, `${this.addon.name} cannot go on without the access it asked for.`), el("p", {}, go)], how);
    else this.tell("Nothing was done: the access was not given.");
  }

  async askFile() {
    const { addon } = this;
    const place = this.context.place();
    const words = el("p", {}, `${addon.name} will be able to see and change this file as ${document.body.dataset.viewer}.`);
    if (!(await agreed(`Allow ${addon.name} to use this file?`, [words], "Allow"))) {
      this.tell("The file was not given to the add-on.");
      return;
    }
    if (!(await this.give("files", { file: place.file }))) return;
    await (addon.granted ? this.perform({ kind: "granted" }) : this.perform({ kind: "home" }, { fresh: true }));
  }

  /** Tells the workspace what the person agreed to; whether that went well. */
  async give(what, body) {
    try {
      await api.post(`/addons/${encodeURIComponent(this.addon.id)}/${what}`, body);
      return true;
    } catch (error) {
      this.tell(error.message);
      return false;
    }
  }

  // ---- links

  openLink({ url, openAs, onClose }) {
    const opened = window.open(url, "_blank", openAs === "OVERLAY" ? "popup,width=720,height=720" : "");
    if (!opened) {
      this.tell(`The browser let no window open. The link: ${url}`);
      return;
    }
    opened.opener = null;
    if (onClose !== "RELOAD") return;
    const clock = setInterval(() => {
      if (!opened.closed) return;
      clearInterval(clock);
      if (this.addon) this.start();
    }, CLOSED_YET);
  }
}

const parametersOf = (action) => Object.fromEntries((action.parameters ?? []).map((one) => [one.key, one.value ?? ""]));

function developer(detail) {
  return el("details", { class: "developer" }, el("summary", {}, "For the developer"), el("p", {}, detail));
}
