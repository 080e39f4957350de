// Column letters and A1 ranges. Rows and columns are counted from 0 and ranges end before their end, as in the API.

export function columnLetter(index) {
  let letters = "";
  for (let n = index; n >= 0; n = Math.floor(n / 26) - 1) {
    letters = String.fromCharCode(65 + (n % 26)) + letters;
  }
  return letters;
}

export function columnIndex(letters) {
  let n = 0;
  for (const letter of letters.toUpperCase()) n = n * 26 + letter.charCodeAt(0) - 64;
  return n - 1;
}

export function cellName(row, column) {
  return `${columnLetter(column)}${row + 1}`;
}

export function quoteTitle(title) {
  return `'${title.replaceAll("'", "''")}'`;
}

/** {top, left, bottom, right} (ends excluded) -> 'Title'!A1:B2 */
export function boxToA1(title, box) {
  return `${quoteTitle(title)}!${boxName(box)}`;
}

export function boxName(box) {
  const first = cellName(box.top, box.left);
  const last = cellName(box.bottom - 1, box.right - 1);
  return first === last ? first : `${first}:${last}`;
}

/** A GridRange of the API, whose missing ends mean "to the end of the sheet", as a box. */
export function toBox(range, rowCount, columnCount) {
  return {
    top: range.startRowIndex ?? 0,
    left: range.startColumnIndex ?? 0,
    bottom: Math.min(range.endRowIndex ?? rowCount, rowCount),
    right: Math.min(range.endColumnIndex ?? columnCount, columnCount),
  };
}

export function toGridRange(sheetId, box) {
  return {
    sheetId,
    startRowIndex: box.top,
    endRowIndex: box.bottom,
    startColumnIndex: box.left,
    endColumnIndex: box.right,
  };
}

export function holds(box, row, column) {
  return row >= box.top && row < box.bottom && column >= box.left && column < box.right;
}

export function overlap(a, b) {
  return a.top < b.bottom && b.top < a.bottom && a.left < b.right && b.left < a.right;
}

/** "B5", "b5:c9", "B:C", "5:9", with or without a title -> {title, box} or null when it is no reference. */
export function parseA1(text, rowCount, columnCount) {
  const [, quoted, plain, rest] = /^(?:'((?:[^']|'')+)'!|([^'!]+)!)?(.+)$/.exec(text.trim()) ?? [];
  const match = /^\$?([A-Za-z]{0,3})\$?(\d*)(?::\$?([A-Za-z]{0,3})\$?(\d*))?$/.exec(rest ?? "");
  if (!match || (!match[1] && !match[2])) return null;
  const [, letters, digits, endLetters, endDigits] = match;
  const open = text.includes(":");
  if (!open && (!letters || !digits)) return null;
  const left = letters ? columnIndex(letters) : 0;
  const top = digits ? Number(digits) - 1 : 0;
  const right = open ? (endLetters ? columnIndex(endLetters) + 1 : columnCount) : left + 1;
  const bottom = open ? (endDigits ? Number(endDigits) : rowCount) : top + 1;
  if (top < 0 || left < 0 || top >= rowCount || left >= columnCount || bottom <= top || right <= left) return null;
  const box = { top, left, bottom: Math.min(bottom, rowCount), right: Math.min(right, columnCount) };
  return { title: quoted?.replaceAll("''", "'") ?? plain ?? null, box };
}
