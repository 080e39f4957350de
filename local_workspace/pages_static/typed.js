// What stands in the formula bar: the text that, typed again, would give the cell as it is.

const LOOKS_TYPED = /^\s*(?:[=+'-]|(?:[£$€]\s?)?[\d.,]+\s?%?\s*$|\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}:\d{2}|(?:true|false)\s*$|\d+\s*[a-z]{3,9}\b)/i;
const DAY = 86_400_000;
const EPOCH = Date.UTC(1899, 11, 30);

function two(n) {
  return String(n).padStart(2, "0");
}

function dateText(serial, locale) {
  const date = new Date(EPOCH + Math.floor(serial) * DAY);
  const [day, month, year] = [date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCFullYear()];
  return locale === "en_US" ? `${month}/${day}/${year}` : `${two(day)}/${two(month)}/${year}`;
}

function timeText(serial) {
  const seconds = Math.round((serial - Math.floor(serial)) * 86_400);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
}

function numberText(number, type, locale) {
  if (type === "DATE") return dateText(number, locale);
  if (type === "TIME") return timeText(number);
  if (type === "DATE_TIME") return `${dateText(number, locale)} ${timeText(number)}`;
  if (type === "PERCENT") return `${Number((number * 100).toPrecision(12))}%`;
  return String(number);
}

/**
 * @param cell a CellData of the API
 * @param locale the workbook's locale, which decides the order of day and month
 */
export function typedText(cell, locale) {
  const value = cell.userEnteredValue;
  if (!value) return "";
  if (value.formulaValue !== undefined) return value.formulaValue;
  if (value.boolValue !== undefined) return value.boolValue ? "TRUE" : "FALSE";
  const type = cell.effectiveFormat?.numberFormat?.type;
  if (value.numberValue !== undefined) return numberText(value.numberValue, type, locale);
  const text = value.stringValue ?? "";
  // Text such as 00123 or =x must stay text when it is committed again: the apostrophe says so.
  return type !== "TEXT" && LOOKS_TYPED.test(text) ? `'${text}` : text;
}

/** A block as the clipboard carries it: tab-separated, with quotes where a cell holds a tab, a quote or a new line. */
export function toTsv(rows) {
  const wrap = (text) => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(wrap).join("\t")).join("\n");
}

export function fromTsv(text) {
  const rows = [[]];
  let field = "";
  let quoted = false;
  const source = text.replaceAll("\r\n", "\n").replace(/\n$/, "");
  for (let i = 0; i < source.length; i += 1) {
    const letter = source[i];
    if (quoted) {
      if (letter === '"' && source[i + 1] === '"') {
        field += '"';
        i += 1;
      } else if (letter === '"') quoted = false;
      else field += letter;
    } else if (letter === '"' && field === "") quoted = true;
    else if (letter === "\t" || letter === "\n") {
      rows.at(-1).push(field);
      field = "";
      if (letter === "\n") rows.push([]);
    } else field += letter;
  }
  rows.at(-1).push(field);
  return rows;
}
