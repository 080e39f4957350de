// Menus that open from a button or at the pointer, and work with arrow keys, Escape and a finger.
import { el } from "./dom.js";

let open = null;

export function closeMenu(giveBack = false) {
  if (!open) return;
  const { menu, opener } = open;
  open = null;
  menu.remove();
  opener?.setAttribute?.("aria-expanded", "false");
  if (giveBack) opener?.focus?.();
}

/**
 * @param items list of {label, keys, run, off, checked} or null for a line between groups
 * @param place {x, y} of the menu's corner in the window
 * @param opener element that gets the focus back
 */
export function showMenu(items, place, opener, label) {
  closeMenu();
  const menu = el("div", { role: "menu", class: "menu", "aria-label": label });
  for (const item of items) {
    if (!item) {
      menu.append(el("div", { role: "separator" }));
      continue;
    }
    const choice = item.checked !== undefined;
    const node = el(
      "button",
      {
        role: choice ? "menuitemradio" : "menuitem",
        type: "button",
        tabindex: -1,
        "aria-disabled": item.off ? "true" : null,
        "aria-checked": choice ? String(item.checked) : null,
      },
      el("span", {}, item.label),
      item.keys ? el("kbd", { "aria-hidden": "true" }, item.keys) : null,
    );
    node.addEventListener("click", () => {
      if (item.off) return;
      closeMenu(true);
      item.run();
    });
    menu.append(node);
  }
  menu.addEventListener("keydown", (event) => keys(event, menu));
  document.body.append(menu);
  const box = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(place.x, window.innerWidth - box.width - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(place.y, window.innerHeight - box.height - 4))}px`;
  open = { menu, opener };
  opener?.setAttribute?.("aria-expanded", "true");
  enabled(menu)[0]?.focus();
}

function enabled(menu) {
  return [...menu.querySelectorAll("button:not([aria-disabled])")];
}

function keys(event, menu) {
  const items = enabled(menu);
  const at = items.indexOf(document.activeElement);
  const go = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (go !== undefined) items[go % items.length]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu(true);
  else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
    const letter = event.key.toLowerCase();
    const turn = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    const found = turn.find((item) => item.textContent.trim().toLowerCase().startsWith(letter));
    if (!found || letter === " ") return;
    found.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Makes a button open a menu beneath it; `items` is asked anew each time, because what is possible changes. */
export function menuButton(button, items) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  const show = () => {
    const box = button.getBoundingClientRect();
    showMenu(items(), { x: box.left, y: box.bottom + 2 }, button, button.textContent.trim());
  };
  button.addEventListener("click", () => {
    if (open?.opener === button) closeMenu(true);
    else show();
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    show();
  });
}

document.addEventListener("pointerdown", (event) => {
  if (!open || open.menu.contains(event.target) || open.opener?.contains?.(event.target)) return;
  closeMenu();
});
window.addEventListener("blur", () => closeMenu());
