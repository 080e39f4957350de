// How a file leaves its owner's hands: shared with another account, or downloaded.
import * as api from "./api.js";
import { shown } from "./dialogs.js";
import { el } from "./dom.js";

const ROLES = { owner: "owns it", writer: "can edit", commenter: "can comment", reader: "can read" };

/** Fetched first, so that a refusal is a sentence on the page and not a file that holds an error. */
export async function download(address, name) {
  const response = await fetch(address, { headers: api.ours(), cache: "no-store" });
  if (!response.ok) {
    const told = await response.json().catch(() => null);
    throw new api.ApiError(response.status, told?.error?.message ?? "The workspace could not export this file.");
  }
  const place = URL.createObjectURL(await response.blob());
  el("a", { href: place, download: name.replaceAll("/", "-") }).click();
  setTimeout(() => URL.revokeObjectURL(place), 10_000);
}

/** Who may see a file, and more of them: asked in a dialog. @param file {id, name} */
export async function share(file) {
  const path = `/drive/v3/files/${encodeURIComponent(file.id)}/permissions`;
  const list = el("ul", { class: "people" });
  const told = el("p", { role: "status" });
  const refresh = async () => {
    const { permissions } = await api.get(path, { fields: "permissions(id,type,role,emailAddress,displayName)" });
    list.replaceChildren(
      ...permissions.map((one) => {
        const who = one.emailAddress ?? (one.type === "anyone" ? "Anyone with the link" : (one.displayName ?? one.type));
        const item = el("li", {}, `${who}, ${ROLES[one.role] ?? one.role}`);
        if (one.role !== "owner") {
          const stop = async () => {
            await api.remove(`${path}/${encodeURIComponent(one.id)}`);
            await refresh();
          };
          item.append(el("button", { type: "button", "aria-label": `Stop sharing with ${who}`, onclick: () => run(stop) }, "Remove"));
        }
        return item;
      }),
    );
  };
  const run = async (action) => {
    told.textContent = "";
    try {
      await action();
    } catch (error) {
      // The dialog covers the page's own alert.
      told.textContent = error.message;
    }
  };
  await refresh();
  const email = el("input", { id: "share-with", type: "email", autocomplete: "off" });
  const role = el(
    "select",
    { id: "share-role" },
    el("option", { value: "writer" }, "can edit"),
    el("option", { value: "commenter" }, "can comment"),
    el("option", { value: "reader" }, "can read"),
  );
  const add = async () => {
    if (!email.value.trim()) return;
    if (!email.checkValidity()) throw new Error("Give a whole e-mail address, such as name@school.example.");
    const body = { type: "user", role: role.value, emailAddress: email.value.trim() };
    await api.post(path, body, { sendNotificationEmail: "false" });
    email.value = "";
    await refresh();
  };
  email.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    run(add);
  });
  await shown(`Share “${file.name}”`, [
    list,
    el("label", { for: "share-with" }, "E-mail address of the account"),
    email,
    el("label", { for: "share-role" }, "What they may do"),
    role,
    el("p", {}, el("button", { type: "button", onclick: () => run(add) }, "Share")),
    told,
  ]);
}
