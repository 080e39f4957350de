// Where a row has gone while somebody typed in it. Rows have no name in the API: a sort or an inserted row by
// someone else would otherwise send the words to another pupil.

/** What tells a row apart: its typed values. Formulas are alike in every row and tell nothing. */
export function marksOf(values) {
  return values.map((cell) => {
    const value = cell?.userEnteredValue;
    return !value || value.formulaValue !== undefined ? null : JSON.stringify(value);
  });
}

function alike(marks, other) {
  let count = 0;
  marks.forEach((mark, c) => {
    if (mark !== null && mark === other[c]) count += 1;
  });
  return count;
}

/**
 * @param marks of the row when the typing began
 * @param row where it was then
 * @returns where it is now, or null when that cannot be told
 */
export async function rowNow(book, sheet, marks, row) {
  const known = marks.filter((mark) => mark !== null).length;
  if (!known) return row;
  const across = { left: 0, right: sheet.columnCount };
  const [here] = await book.cells(sheet, { ...across, top: row, bottom: row + 1 }, "userEnteredValue");
  if (alike(marks, marksOf(here.values)) === known) return row;
  const all = await book.cells(sheet, sheet.whole, "userEnteredValue");
  const scores = all.map((one) => alike(marks, marksOf(one.values)));
  const best = Math.max(...scores);
  if (scores[row] === best) return row;
  return scores.indexOf(best) === scores.lastIndexOf(best) ? scores.indexOf(best) : null;
}
