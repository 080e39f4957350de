// How a cell looks: its effective format as a CSS class. Cells that look alike share one class, which keeps
// thousands of cells cheap; the classes are made through the CSSOM because inline styles are forbidden here.
import { isWhite, styleCss } from "./colour.js";
import { filterAt } from "./filters.js";

const PAD = 3;
const POINT = 4 / 3;
/** What a filter's button takes of its cell's width beside the usual padding; marks.css gives it the same. */
const FUNNEL = 18;
const classes = new Map();
let rules = null;

function className(style) {
  const known = classes.get(style);
  if (known) return known;
  if (!rules) {
    rules = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, rules];
  }
  const name = `f${classes.size}`;
  rules.insertRule(`.${name}{${style}}`, rules.cssRules.length);
  classes.set(style, name);
  return name;
}

const ALIGN = { LEFT: "flex-start", CENTER: "center", RIGHT: "flex-end" };
const STAND = { TOP: "flex-start", MIDDLE: "safe center", BOTTOM: "flex-end" };
const LINE = {
  DOTTED: "1px dotted",
  DASHED: "1px dashed",
  SOLID: "1px solid",
  SOLID_MEDIUM: "2px solid",
  SOLID_THICK: "3px solid",
  DOUBLE: "3px double",
};

/** Where an unaligned value stands: numbers right, truth values and errors in the middle, text left. */
export function alignment(cell) {
  const set = cell.effectiveFormat?.horizontalAlignment;
  if (ALIGN[set]) return set;
  const value = cell.effectiveValue ?? {};
  if (value.numberValue !== undefined) return "RIGHT";
  if (value.boolValue !== undefined || value.errorValue !== undefined) return "CENTER";
  return "LEFT";
}

function borderStyle(borders) {
  let style = "";
  const shadows = [];
  for (const side of ["top", "left", "bottom", "right"]) {
    const border = borders[side];
    if (!border || !LINE[border.style]) continue;
    const colour = styleCss(border.colorStyle, border.color) ?? "#000";
    if (side === "bottom" || side === "right") {
      style += `border-${side}:${LINE[border.style]} ${colour};`;
    } else {
      // The upper and left lines belong to the neighbour's edge; drawing them inside keeps the columns in step.
      const thick = border.style === "SOLID_THICK" ? 3 : border.style === "SOLID_MEDIUM" ? 2 : 1;
      shadows.push(`inset ${side === "left" ? thick : 0}px ${side === "top" ? thick : 0}px 0 ${colour}`);
    }
  }
  return shadows.length ? `${style}box-shadow:${shadows.join(",")};` : style;
}

function bandColour(sheet, row, column) {
  const band = sheet.bandAt(row, column);
  if (!band) return null;
  const byRow = Boolean(band.rowProperties);
  const look = band.rowProperties ?? band.columnProperties ?? {};
  const colour = (name) => styleCss(look[`${name}ColorStyle`], look[`${name}Color`]);
  const [first, last, here] = byRow
    ? [band.box.top, band.box.bottom - 1, row]
    : [band.box.left, band.box.right - 1, column];
  const header = colour("header");
  const footer = colour("footer");
  if (header && here === first) return header;
  if (footer && here === last) return footer;
  const step = here - first - (header ? 1 : 0);
  return step % 2 === 0 ? colour("firstBand") : colour("secondBand");
}

/** The background a person sees: the cell's own, or that of the alternating colours beneath it. */
export function background(sheet, row, column, cell) {
  const format = cell.effectiveFormat;
  const own = styleCss(format?.backgroundColorStyle, format?.backgroundColor);
  return isWhite(own) ? bandColour(sheet, row, column) : own;
}

const COMMON = { colour: "rgb(0 0 0)", size: 10, family: /^(arial|default)/i };

/** A TextFormat as CSS, without what every cell has anyway. */
function textCss(text) {
  let style = "";
  const colour = styleCss(text.foregroundColorStyle, text.foregroundColor);
  if (colour && colour !== COMMON.colour) style += `color:${colour};`;
  if (text.bold) style += "font-weight:700;";
  if (text.italic) style += "font-style:italic;";
  const lines = [text.underline && "underline", text.strikethrough && "line-through"].filter(Boolean);
  if (lines.length) style += `text-decoration:${lines.join(" ")};`;
  if (text.fontSize && text.fontSize !== COMMON.size) style += `font-size:${(text.fontSize * POINT).toFixed(2)}px;`;
  if (text.fontFamily && !COMMON.family.test(text.fontFamily) && /^[\w ]+$/.test(text.fontFamily)) {
    style += `font-family:"${text.fontFamily}",Arial,"Liberation Sans",sans-serif;`;
  }
  return style;
}

/** The class of a part of a cell's text: what its own format sets differs from its cell, also where it unsets. */
export function textClass(text) {
  let style = textCss(text);
  const colour = styleCss(text.foregroundColorStyle, text.foregroundColor);
  if (colour === COMMON.colour) style += `color:${colour};`;
  if (text.bold === false) style += "font-weight:400;";
  if (text.italic === false) style += "font-style:normal;";
  if (text.fontSize === COMMON.size) style += `font-size:${(COMMON.size * POINT).toFixed(2)}px;`;
  return style ? className(style) : "";
}

export function cellClass(sheet, row, column, cell) {
  const format = cell.effectiveFormat ?? {};
  const text = format.textFormat ?? {};
  const align = alignment(cell);
  let style = "";
  const back = background(sheet, row, column, cell);
  if (back) style += `background-color:${back};`;
  if (back && !sheet.gridlines) style += `border-color:${back};`;
  style += textCss(text);
  if (align !== "LEFT") style += `justify-content:${ALIGN[align]};text-align:${align.toLowerCase()};`;
  if (format.verticalAlignment && format.verticalAlignment !== "BOTTOM") {
    style += `align-items:${STAND[format.verticalAlignment]};`;
  }
  if (format.wrapStrategy === "WRAP") style += "white-space:pre-wrap;overflow-wrap:anywhere;";
  if (format.borders) style += borderStyle(format.borders);
  return style ? className(style) : "";
}

let pen = null;

/** Width of a text in pixels as the grid would draw it. */
export function textWidth(text, format = {}) {
  pen ??= document.createElement("canvas").getContext("2d");
  const letters = format.textFormat ?? {};
  const size = ((letters.fontSize ?? 10) * POINT).toFixed(2);
  const font = `${letters.bold ? "bold " : ""}${size}px Arial, "Liberation Sans", sans-serif`;
  if (pen.font !== font) pen.font = font;
  return Math.max(...text.split("\n").map((line) => pen.measureText(line).width));
}

/** How many lines a text takes in a column of that room, broken between words as the grid breaks it. */
function linesOf(text, format, room) {
  const space = textWidth(" ", format);
  let lines = 0;
  for (const paragraph of text.split("\n")) {
    lines += 1;
    let used = 0;
    for (const word of paragraph.split(" ")) {
      const width = textWidth(word, format);
      if (used && used + width > room) {
        lines += 1;
        used = 0;
      }
      // A word longer than the room is broken within.
      lines += Math.max(Math.ceil(width / room) - 1, 0);
      used += (width > room ? width % room : width) + space;
    }
  }
  return lines;
}

/**
 * The height that a row's texts need, or undefined when one line will do: a line break makes a new line whether the
 * cell wraps or not. Rows with neither cost nothing.
 */
export function wrappedHeight(sheet, row, values) {
  let most = 1;
  let size = 10;
  for (let c = 0; c < values.length; c += 1) {
    const cell = values[c];
    const format = cell.effectiveFormat;
    const text = cell.formattedValue;
    if (!text) continue;
    size = Math.max(size, format?.textFormat?.fontSize ?? 10);
    const wraps = format?.wrapStrategy === "WRAP";
    if ((!wraps && !text.includes("\n")) || sheet.mergeAt(row, c)) continue;
    if (!wraps) {
      most = Math.max(most, text.split("\n").length);
      continue;
    }
    const room = Math.max((sheet.columnMetadata?.[c]?.pixelSize ?? 100) - 2 * PAD - 1 - (filterAt(sheet, row, c) ? FUNNEL : 0), 20);
    if (text.length * 8 < room && !text.includes("\n")) continue;
    most = Math.max(most, linesOf(text, format, room));
  }
  const tall = Math.ceil(most * size * POINT * 1.2) + 5;
  return tall > 21 ? tall : undefined;
}
