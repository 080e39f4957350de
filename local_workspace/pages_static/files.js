// The account's files: open, make, copy, share, download, throw away.
import * as api from "./api.js";
import { download } from "./commands.js";
import { asked, confirmed, shown } from "./dialogs.js";
import { attempt, byId, el, say } from "./dom.js";
import { menuButton } from "./menus.js";

const KIND = "application/vnd.google-apps.spreadsheet";
const EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ROLES = { owner: "owns it", writer: "can edit", commenter: "can comment", reader: "can read" };

const path = (file) => `/drive/v3/files/${encodeURIComponent(file.id)}`;
const place = (file) => `/spreadsheets/d/${encodeURIComponent(file.id)}/edit`;

function when(text) {
  return new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

async function load() {
  const query = {
    q: `mimeType = '${KIND}' and trashed = false`,
    fields: "files(id,name,modifiedTime,ownedByMe,exportLinks,owners(emailAddress,displayName))",
    orderBy: "modifiedTime desc",
    pageSize: "1000",
  };
  const { files } = await api.get("/drive/v3/files", query);
  byId("files").replaceChildren(...files.map(row));
  byId("none").hidden = files.length > 0;
  document.body.dataset.ready = "true";
}

function row(file) {
  const owner = file.ownedByMe ? "yours" : `shared by ${file.owners?.[0]?.displayName ?? file.owners?.[0]?.emailAddress ?? "someone"}`;
  const more = el("button", { type: "button", "aria-label": `More for ${file.name}` }, "More ▾");
  menuButton(more, () => actions(file));
  return el(
    "li",
    {},
    el("img", { src: "/static/mark.svg", alt: "", width: 28, height: 28 }),
    el(
      "div",
      {},
      el("a", { class: "name", href: place(file) }, file.name),
      el("div", { class: "about" }, `${owner}, changed ${when(file.modifiedTime)}`),
    ),
    more,
  );
}

function actions(file) {
  const exported = (type, ending) => () =>
    attempt(() => download(`${path(file)}/export?mimeType=${encodeURIComponent(type)}`, `${file.name}.${ending}`));
  return [
    { label: "Open", run: () => window.location.assign(place(file)) },
    { label: "Make a copy…", run: () => copy(file) },
    { label: "Rename…", run: () => rename(file) },
    { label: "Share…", run: () => attempt(() => share(file)) },
    null,
    ...(file.exportLinks?.[EXCEL] ? [{ label: "Download as Excel", run: exported(EXCEL, "xlsx") }] : []),
    ...(file.exportLinks?.["text/csv"] ? [{ label: "Download first tab as CSV", run: exported("text/csv", "csv") }] : []),
    { label: "Move to the bin…", off: !file.ownedByMe, run: () => bin(file) },
  ];
}

async function change(action, told) {
  await attempt(async () => {
    await action();
    say(told);
  });
  await attempt(load);
}

async function copy(file) {
  const name = await asked("Make a copy", "Name of the copy", `Copy of ${file.name}`, { go: "Copy" });
  if (name?.trim()) await change(() => api.post(`${path(file)}/copy`, { name: name.trim() }), "Copied.");
}

async function rename(file) {
  const name = await asked("Rename the file", "Name", file.name);
  if (name?.trim() && name.trim() !== file.name) await change(() => api.patch(path(file), { name: name.trim() }), "Renamed.");
}

async function bin(file) {
  const sure = await confirmed("Move to the bin?", `“${file.name}” will no longer be listed here.`, "Move to the bin", "danger");
  if (sure) await change(() => api.patch(path(file), { trashed: true }), "Moved to the bin.");
}

async function create() {
  const title = await asked("New spreadsheet", "Name", "Untitled spreadsheet", { go: "Make it" });
  if (!title?.trim()) return;
  await attempt(async () => {
    const made = await api.post("/v4/spreadsheets", { properties: { title: title.trim(), locale: "en_GB", timeZone: "Europe/London" } });
    window.location.assign(`/spreadsheets/d/${encodeURIComponent(made.spreadsheetId)}/edit`);
  });
}

async function share(file) {
  const list = el("ul", { class: "people" });
  const told = el("p", { role: "status" });
  const refresh = async () => {
    const { permissions } = await api.get(`${path(file)}/permissions`, { fields: "permissions(id,type,role,emailAddress,displayName)" });
    list.replaceChildren(
      ...permissions.map((one) => {
        const who = one.emailAddress ?? (one.type === "anyone" ? "Anyone with the link" : (one.displayName ?? one.type));
        const item = el("li", {}, `${who}, ${ROLES[one.role] ?? one.role}`);
        if (one.role !== "owner") {
          const stop = async () => {
            await api.remove(`${path(file)}/permissions/${encodeURIComponent(one.id)}`);
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
    const body = { type: "user", role: role.value, emailAddress: email.value.trim() };
    await api.post(`${path(file)}/permissions`, body, { sendNotificationEmail: "false" });
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

byId("new").addEventListener("click", create);
attempt(load);
