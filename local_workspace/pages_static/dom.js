// Small words for building elements. Styles go through the CSSOM, because the page's policy forbids inline ones.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

let clock;

/** Says one sentence to the person: kind "error" interrupts a screen reader, "done" waits its turn. */
export function say(message, kind = "done") {
  const [now, other] = kind === "error" ? [byId("alert"), byId("status")] : [byId("status"), byId("alert")];
  other.textContent = "";
  now.textContent = message;
  clearTimeout(clock);
  // An error stays until the next action: it may hold the only account of what was not saved.
  if (kind !== "error") clock = setTimeout(() => (now.textContent = ""), 6000);
}

/** Runs an action of the person's and turns a failure into a sentence instead of silence. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    say(error.message, "error");
    if (error.name !== "ApiError" && error.status === undefined) console.error(error);
    return undefined;
  }
}
