// The HTML that a card's paragraphs, decorated texts and section headers may hold (documented), drawn as nodes: what is
// not of the list is shown as its words and never as markup. Titles and labels are plain text and do not come here.

const PLAIN = { B: "b", STRONG: "b", I: "i", EM: "i", U: "u", S: "s", STRIKE: "s", DEL: "s" };

export const safeLink = (url) => /^(https?:|mailto:|tel:)/i.test(url ?? "");

/** @returns a fragment; an address in it opens in a new tab, scripts and styles do not exist in it */
export function rich(text) {
  const out = document.createDocumentFragment();
  // A document made by the parser alone runs nothing and loads nothing.
  const parsed = new DOMParser().parseFromString(String(text ?? ""), "text/html");
  copy(parsed.body, out);
  return out;
}

function copy(from, into) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      lines(node.data, into);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      if (/^(SCRIPT|STYLE|TEMPLATE|IFRAME|OBJECT)$/.test(node.tagName)) continue;
      copy(node, element(node, into));
    }
  }
}

function lines(text, into) {
  text.split("\n").forEach((line, i) => {
    if (i) into.append(document.createElement("br"));
    into.append(line);
  });
}

/** The element that stands for one of the card's, or the place itself where its kind is not drawn. */
function element(node, into) {
  let made = null;
  if (PLAIN[node.tagName]) made = document.createElement(PLAIN[node.tagName]);
  else if (node.tagName === "BR") made = document.createElement("br");
  else if (node.tagName === "A" && safeLink(node.getAttribute("href"))) {
    made = document.createElement("a");
    made.href = node.getAttribute("href");
    made.target = "_blank";
    made.rel = "noopener noreferrer";
  } else if (node.tagName === "FONT" || node.tagName === "TIME") {
    made = document.createElement("span");
    const colour = node.getAttribute("color") ?? "";
    if (/^#[0-9a-f]{6}$/i.test(colour)) made.style.color = colour;
  }
  if (!made) return into;
  into.append(made);
  return made;
}

/** The words alone, for labels that hold no markup. */
export const plain = (text) => rich(text).textContent;
