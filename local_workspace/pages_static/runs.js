// Rich text: a cell whose words do not all look alike, and the links that a cell holds.
import { textClass } from "./paint.js";

/** A text cut where its look changes: a list of {text, format}, in order; one part when all of it looks alike. */
export function partsOf(cell) {
  const text = cell.formattedValue ?? "";
  const runs = cell.textFormatRuns ?? [];
  const starts = runs.map((run) => run.startIndex ?? 0);
  const parts = starts[0] === 0 ? [] : [{ text: text.slice(0, starts[0]), format: null }];
  runs.forEach((run, i) => parts.push({ text: text.slice(starts[i], starts[i + 1]), format: run.format ?? null }));
  return parts.filter((part) => part.text);
}

/** Writes the cell's text into the node, each part in its own look. */
export function writeText(node, cell, text) {
  if (!cell.textFormatRuns?.length || cell.formattedValue !== text) {
    node.append(text);
    return;
  }
  // One child keeps the parts together: a cell lays its children out beside each other.
  const whole = document.createElement("span");
  whole.className = "rich";
  for (const part of partsOf(cell)) {
    const span = document.createElement("span");
    span.className = textClass(part.format ?? {});
    if (safe(part.format?.link?.uri)) span.classList.add("link");
    span.textContent = part.text;
    whole.append(span);
  }
  node.append(whole);
}

// Script addresses in a pupil's row must never run.
const safe = (uri) => Boolean(uri) && /^(https?:|mailto:|#)/i.test(uri);

/** The safe targets of the cell's links, without repeats: of the whole cell first, then of parts of its text. */
export function linksOf(cell) {
  const own = cell.hyperlink ?? cell.effectiveFormat?.textFormat?.link?.uri;
  const within = (cell.textFormatRuns ?? []).map((run) => run.format?.link?.uri);
  return [...new Set([own, ...within].filter(safe))];
}
