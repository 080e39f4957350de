// A file that this account may not see, or that is gone: a plain page instead of menus that lead nowhere.
import { byId, el } from "./dom.js";

const WORDS = {
  403: ["This file is not shared with you", (who) => `You look as ${who}. Ask the file's owner to share it, or choose the account it is shared with.`],
  404: ["There is no such file", (who) => `You look as ${who}. The file may have been deleted, or its address may be incomplete.`],
};

/** Whether the page says now why the file cannot be opened; any other failure is left to the caller. */
export function closedFor(status) {
  if (!WORDS[status]) return false;
  const [title, about] = WORDS[status];
  const keep = [document.querySelector(".notice"), byId("alert")];
  for (const node of [...document.body.children]) if (!keep.includes(node) && !node.matches(".stale")) node.remove();
  document.body.className = "closed";
  document.title = `${title} – local workspace`;
  byId("alert").textContent = "";
  const main = el(
    "main",
    {},
    el("h1", {}, title),
    el("p", {}, about(document.body.dataset.viewer)),
    el("p", { class: "ways" }, el("a", { href: "/" }, "See your files"), el("a", { href: "/accounts" }, "Choose another account")),
  );
  byId("alert").before(main);
  return true;
}
