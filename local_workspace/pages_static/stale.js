// Another tab chose another account: this page shows one person's view, and its changes would be another's.
import { el } from "./dom.js";

let told = false;

/** Says so above everything, until the page is loaded anew. */
export function outOfDate(sentence) {
  if (told) return;
  told = true;
  const reload = el("button", { type: "button", onclick: () => window.location.reload() }, "Reload");
  document.body.append(el("div", { class: "stale", role: "alert" }, el("p", {}, sentence), reload));
}
