// The fields of a card: drawn, read in the shape of the event's formInputs, and checked before an action.
import { el } from "./dom.js";
import { dayOf, instantOf, instantOfDay, shownAt, timeOfDay } from "./addon_times.js";

const WAIT = 250;
const CHECKS = {
  INTEGER: [/^[+-]?\d+$/, "a whole number"],
  FLOAT: [/^[+-]?(\d+\.?\d*|\.\d+)$/, "a number"],
  EMAIL: [/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address"],
};
let count = 0;
const nextId = () => `addon-field-${(count += 1)}`;

/** One field: {name, label, node, read() -> a value of formInputs or null, write(value), fault() -> "" or a sentence}. */
function field(name, label, node, read, write, focus, fault = () => "") {
  const told = el("p", { class: "fault", id: `${nextId()}-fault`, hidden: true });
  node.append(told);
  const tell = (sentence) => {
    told.textContent = sentence;
    told.hidden = !sentence;
    const control = focus();
    control.setAttribute("aria-invalid", String(Boolean(sentence)));
    if (sentence) control.setAttribute("aria-describedby", told.id);
    else control.removeAttribute("aria-describedby");
  };
  const first = read();
  return { name, label: label || name, node, read, write, reset: () => write(first), focus: () => focus().focus(), fault, tell };
}

const strings = (values) => (values.length ? { stringInputs: { value: values } } : null);

export function textInput(widget, card) {
  const id = nextId();
  const long = widget.type === "MULTIPLE_LINE";
  const most = widget.validation?.characterLimit || null;
  const input = el(long ? "textarea" : "input", { id, rows: long ? 4 : null, maxlength: most, autocomplete: "off", type: long ? null : "text" });
  input.value = widget.value ?? "";
  const hint = widget.hintText ? el("p", { class: "hint", id: `${id}-hint` }, widget.hintText) : null;
  const label = widget.label || widget.hintText || widget.name;
  const node = el("div", { class: "field" }, el("label", { for: id }, label), input, widget.label ? hint : null);
  const [pattern, words] = CHECKS[widget.validation?.inputType] ?? [];
  const made = field(
    widget.name,
    label,
    node,
    () => strings(input.value === "" ? [] : [input.value]),
    (value) => (input.value = value?.stringInputs?.value[0] ?? ""),
    () => input,
    () => (pattern && input.value && !pattern.test(input.value.trim()) ? `“${label}” takes ${words}.` : ""),
  );
  input.addEventListener("blur", () => made.tell(made.fault()));
  input.addEventListener("input", () => made.tell(""));
  let told = input.value;
  input.addEventListener("change", () => {
    // A suggestion taken is a change at once; the browser would tell of it again when the focus goes on.
    if (!widget.onChangeAction || input.value === told) return;
    told = input.value;
    card.run(widget.onChangeAction);
  });
  if (widget.autoCompleteAction || widget.initialSuggestions?.items?.length) suggest(widget, input, node, card);
  return made;
}

/** A list beneath a text field, filled by the add-on as one types. */
function suggest(widget, input, node, card) {
  const list = el("ul", { role: "listbox", id: nextId(), class: "suggestions", "aria-label": `Suggestions for ${widget.label || widget.name}`, hidden: true });
  const said = el("p", { class: "visually-hidden", role: "status" });
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
  input.after(list, said);
  let clock;
  let turn = 0;
  let pointed = -1;
  const items = () => [...list.children];
  const close = () => {
    turn += 1;
    clearTimeout(clock);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    pointed = -1;
  };
  const take = (text) => {
    input.value = text;
    close();
    input.focus();
    input.dispatchEvent(new Event("change"));
  };
  const point = (at) => {
    pointed = at;
    items().forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    items()[at]?.scrollIntoView({ block: "nearest" });
    if (items()[at]) input.setAttribute("aria-activedescendant", items()[at].id);
  };
  const show = (texts) => {
    list.replaceChildren(...texts.map((text) => el("li", { role: "option", id: nextId(), "aria-selected": "false" }, text)));
    list.hidden = !texts.length;
    input.setAttribute("aria-expanded", String(Boolean(texts.length)));
    said.textContent = texts.length ? `${texts.length} suggestions` : "No suggestions";
    pointed = -1;
  };
  const ask = async () => {
    const mine = (turn += 1);
    const fixed = (widget.initialSuggestions?.items ?? []).map((one) => one.text).filter((text) => text.toLowerCase().includes(input.value.toLowerCase()));
    const texts = widget.autoCompleteAction && input.value ? await card.complete(widget.autoCompleteAction) : fixed;
    if (mine === turn && document.activeElement === input) show(texts);
  };
  input.addEventListener("input", () => {
    clearTimeout(clock);
    turn += 1;
    clock = setTimeout(ask, WAIT);
  });
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) take(item.textContent);
  });
  input.addEventListener("keydown", (event) => {
    const shown = items();
    if (list.hidden) {
      if (event.key === "ArrowDown") ask();
      return;
    }
    if (event.key === "ArrowDown") point((pointed + 1) % shown.length);
    else if (event.key === "ArrowUp") point((pointed - 1 + shown.length) % shown.length);
    else if (event.key === "Enter" && shown[pointed]) take(shown[pointed].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

export function selectionInput(widget, card) {
  const changed = () => widget.onChangeAction && card.run(widget.onChangeAction);
  const label = widget.label || widget.name;
  if (widget.type === "DROPDOWN") {
    const id = nextId();
    const select = el("select", { id }, ...widget.items.map((one) => el("option", { value: one.value ?? "" }, one.text)));
    const chosen = widget.items.findIndex((one) => one.selected);
    if (chosen >= 0) select.selectedIndex = chosen;
    select.addEventListener("change", changed);
    const node = el("div", { class: "field" }, el("label", { for: id }, label), select);
    const write = (value) => (select.value = value?.stringInputs?.value[0] ?? "");
    return field(widget.name, label, node, () => strings(select.value === "" ? [] : [select.value]), write, () => select);
  }
  const radio = widget.type === "RADIO_BUTTON";
  const group = nextId();
  const boxes = widget.items.map((one) => {
    const box = el("input", { type: radio ? "radio" : "checkbox", name: group, value: one.value ?? "", role: widget.type === "SWITCH" ? "switch" : null, class: widget.type === "SWITCH" ? "switch" : "" });
    box.checked = Boolean(one.selected);
    box.addEventListener("change", changed);
    return [box, el("label", { class: "choice" }, box, el("span", {}, one.text, one.bottomText ? el("small", {}, one.bottomText) : null))];
  });
  const node = el("fieldset", { class: "field" }, el("legend", {}, label), ...boxes.map(([, line]) => line));
  const write = (value) => {
    const wanted = value?.stringInputs?.value ?? [];
    for (const [box] of boxes) box.checked = wanted.includes(box.value);
  };
  const read = () => strings(boxes.filter(([box]) => box.checked).map(([box]) => box.value));
  return field(widget.name, label, node, read, write, () => boxes[0][0]);
}

/** The switch or tick box of a decorated text. */
export function switchControl(control, label, card) {
  const box = el("input", { type: "checkbox", role: control.controlType?.startsWith("CHECK") ? null : "switch", class: control.controlType?.startsWith("CHECK") ? "" : "switch", "aria-label": label });
  box.checked = Boolean(control.selected);
  box.addEventListener("change", () => control.onChangeAction && card.run(control.onChangeAction));
  const value = control.value || "true";
  const node = el("span", { class: "control" }, box);
  const write = (given) => (box.checked = Boolean(given));
  return field(control.name, label, node, () => strings(box.checked ? [value] : []), write, () => box);
}

export function dateTimePicker(widget, card) {
  const label = widget.label || widget.name;
  const kind = widget.type ?? "DATE_AND_TIME";
  const clock = widget.timezoneOffsetDate === undefined ? { zone: card.zone } : { minutes: widget.timezoneOffsetDate };
  const id = nextId();
  const date = kind === "TIME_ONLY" ? null : el("input", { type: "date", id });
  const time = kind === "DATE_ONLY" ? null : el("input", { type: "time", id: date ? `${id}-time` : id, "aria-label": date ? `${label}, time` : null });
  const show = (ms) => {
    if (kind === "DATE_ONLY") date.value = ms === null ? "" : dayOf(ms);
    else if (kind === "TIME_ONLY") time.value = ms === null ? "" : timeOfDay(ms);
    else {
      const at = ms === null ? { date: "", time: "" } : shownAt(ms, clock);
      date.value = at.date;
      time.value = at.time;
    }
  };
  show(widget.valueMsEpoch === undefined ? null : Number(widget.valueMsEpoch));
  const read = () => {
    if (kind === "DATE_ONLY") return date.value ? { dateInput: { msSinceEpoch: String(instantOfDay(date.value)) } } : null;
    if (kind === "TIME_ONLY") {
      const [hours, minutes] = time.value.split(":").map(Number);
      return time.value ? { timeInput: { hours, minutes } } : null;
    }
    if (!date.value) return null;
    return { dateTimeInput: { msSinceEpoch: String(instantOf(date.value, time.value || "00:00", clock)), hasDate: true, hasTime: Boolean(time.value) } };
  };
  const write = (value) => {
    const at = value?.timeInput;
    const ms = value?.dateInput?.msSinceEpoch ?? value?.dateTimeInput?.msSinceEpoch ?? (at ? (at.hours * 60 + at.minutes) * 60_000 : null);
    show(ms === null ? null : Number(ms));
  };
  const fault = () => ([date, time].some((one) => one?.validity.badInput) ? `“${label}” is not whole.` : "");
  for (const one of [date, time]) one?.addEventListener("change", () => widget.onChangeAction && card.run(widget.onChangeAction));
  const node = el("div", { class: "field" }, el("label", { for: id }, label), el("div", { class: "when" }, ...[date, time].filter(Boolean)));
  return field(widget.name, label, node, read, write, () => date ?? time, fault);
}
