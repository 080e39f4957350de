// The widgets of a card, each as a node. A card is {run(action), complete(action), press(onClick, more), zone, add(field)}.
import { dateTimePicker, selectionInput, switchControl, textInput } from "./addon_inputs.js";
import { icon, picture } from "./addon_icons.js";
import { plain, rich } from "./addon_text.js";
import { el } from "./dom.js";

const DRAW = { textParagraph, decoratedText, buttonList, grid, columns, image, divider: () => el("hr"), textInput: asField(textInput), selectionInput: asField(selectionInput), dateTimePicker: asField(dateTimePicker) };
const ALIGN = { CENTER: "middle", END: "end" };

export function widget(one, card) {
  const kind = Object.keys(DRAW).find((name) => one[name]);
  const node = DRAW[kind](one[kind], card);
  node.classList.add("widget", kind, ...[ALIGN[one.horizontalAlignment]].filter(Boolean));
  return node;
}

function asField(make) {
  return (one, card) => {
    const made = make(one, card);
    card.add(made);
    return made.node;
  };
}

function textParagraph({ text, maxLines }) {
  const node = el("p", { class: "words" }, rich(text));
  if (!maxLines) return node;
  node.classList.add("cut");
  node.style.setProperty("--lines", maxLines);
  const more = el("button", { type: "button", class: "plain", "aria-expanded": "false" }, "Show more");
  more.addEventListener("click", () => {
    const open = node.classList.toggle("cut");
    more.textContent = open ? "Show more" : "Show less";
    more.setAttribute("aria-expanded", String(!open));
  });
  return el("div", {}, node, more);
}

function decoratedText(one, card) {
  const text = el("div", { class: one.wrapText ? "text" : "text line" }, rich(one.text ?? one.contentText?.text));
  const label = plain(one.text ?? one.contentText?.text);
  const words = el(
    one.onClick ? "button" : "div",
    { class: "texts", type: one.onClick ? "button" : null },
    one.topLabel ? el("div", { class: "label" }, one.topLabel) : null,
    text,
    one.bottomLabel ? el("div", { class: "label" }, one.bottomLabel) : null,
  );
  if (one.onClick) pressed(words, one.onClick, card);
  const node = el("div", {}, icon(one.startIcon ?? one.icon), words);
  if (one.button) node.append(button(one.button, card));
  else if (one.endIcon) node.append(icon(one.endIcon) ?? "");
  else if (one.switchControl) {
    const made = switchControl(one.switchControl, label, card);
    card.add(made);
    node.append(made.node);
  }
  return node;
}

export function button(one, card) {
  const words = one.altText || one.icon?.altText || one.icon?.knownIcon?.toLowerCase().replaceAll("_", " ");
  const node = el("button", { type: "button", class: "press", disabled: Boolean(one.disabled), "aria-label": one.text ? one.altText : words }, icon(one.icon), one.text ?? "");
  if (one.color) {
    const { red = 0, green = 0, blue = 0 } = one.color;
    const light = 0.2126 * red ** 2.2 + 0.7152 * green ** 2.2 + 0.0722 * blue ** 2.2;
    node.style.backgroundColor = `rgb(${[red, green, blue].map((part) => Math.round(255 * part)).join(" ")})`;
    node.style.color = light > 0.179 ? "#14181b" : "#ffffff";
  }
  pressed(node, one.onClick, card);
  return node;
}

function pressed(node, onClick, card) {
  if (onClick.overflowMenu) node.setAttribute("aria-haspopup", "menu");
  node.addEventListener("click", () => card.press(onClick, node));
}

function buttonList({ buttons }, card) {
  return el("div", {}, ...buttons.map((one) => button(one, card)));
}

function image(one, card) {
  const shown = picture(one.imageUrl, one.altText, "wide");
  if (!one.onClick) return el("div", {}, shown);
  const node = el("button", { type: "button", class: "plain", "aria-label": one.altText || "Picture" }, shown);
  pressed(node, one.onClick, card);
  return el("div", {}, node);
}

function grid(one, card) {
  const items = one.items.map((item) => {
    const words = el("span", { class: "item-words" }, el("span", {}, item.title ?? ""), item.subtitle ? el("small", {}, item.subtitle) : null);
    const shown = item.image ? picture(item.image.imageUri, item.image.altText || item.title, "wide") : null;
    const parts = item.layout === "TEXT_ABOVE" ? [words, shown] : [shown, words];
    const node = el(one.onClick ? "button" : "div", { class: "item", type: one.onClick ? "button" : null }, ...parts);
    if (one.borderStyle?.type === "STROKE") node.classList.add("bordered");
    if (one.onClick) node.addEventListener("click", () => card.press(one.onClick, node, item.id ? { grid_item_id: item.id } : {}));
    return el("li", {}, node);
  });
  const list = el("ul", { "aria-label": one.title || null }, ...items);
  list.style.setProperty("--columns", one.columnCount || 2);
  return el("div", {}, one.title ? el("p", { class: "label" }, one.title) : null, list);
}

function columns({ columnItems }, card) {
  return el(
    "div",
    {},
    ...columnItems.map((column) => {
      const kinds = ["column", ALIGN[column.horizontalAlignment], column.horizontalSizeStyle === "FILL_MINIMUM_SPACE" ? "least" : ""];
      return el("div", { class: kinds.filter(Boolean).join(" ") }, ...(column.widgets ?? []).map((one) => widget(one, card)));
    }),
  );
}
