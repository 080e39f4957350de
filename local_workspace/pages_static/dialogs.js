// Questions to the person, with the browser's own dialog element: it keeps the focus inside and Escape closes it.
import { el } from "./dom.js";

function ask(title, content, buttons) {
  return new Promise((resolve) => {
    const form = el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), ...content);
    form.append(
      el(
        "div",
        { class: "buttons" },
        ...buttons.map(([value, label, kind]) => el("button", { value, class: kind ?? "" }, label)),
      ),
    );
    const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** True when the person goes on. */
export async function confirmed(title, text, go = "Go on", kind = "main") {
  const answer = await ask(title, [el("p", {}, text)], [
    ["", "Cancel"],
    ["yes", go, kind],
  ]);
  return answer === "yes";
}

/** True when the person agrees to what the content says. */
export async function agreed(title, content, go) {
  const answer = await ask(title, content, [
    ["", "Cancel"],
    ["yes", go, "main"],
  ]);
  return answer === "yes";
}

/** What the person wrote, or null when they turned away. */
export async function asked(title, label, value = "", { long = false, go = "Save" } = {}) {
  const input = el(long ? "textarea" : "input", { id: "dialog-input", rows: long ? 4 : null, autofocus: true });
  input.value = value;
  // The first submit button is what Enter presses: it must be the one that saves.
  const answer = await ask(title, [el("label", { for: "dialog-input" }, label), input], [
    ["yes", go, "main"],
    ["", "Cancel"],
  ]);
  return answer === "yes" ? input.value : null;
}

/** Any content with one button to close it. */
export function shown(title, content) {
  return ask(title, content, [["", "Close", "main"]]);
}
