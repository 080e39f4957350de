// The account's files: open, make, copy, share, download, throw away.
import * as api from "./api.js";
import { asked, confirmed } from "./dialogs.js";
import { attempt, byId, el, say } from "./dom.js";
import { menuButton } from "./menus.js";
import { download, share } from "./sharing.js";

const SHEET = "application/vnd.google-apps.spreadsheet";
const FORM = "application/vnd.google-apps.form";
const EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const path = (file) => `/drive/v3/files/${encodeURIComponent(file.id)}`;
const place = (file) => `/${file.mimeType === FORM ? "forms" : "spreadsheets"}/d/${encodeURIComponent(file.id)}/edit`;

function when(text) {
  return new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

async function load() {
  const query = {
    q: `(mimeType = '${SHEET}' or mimeType = '${FORM}') and trashed = false`,
    fields: "files(id,name,mimeType,modifiedTime,ownedByMe,exportLinks,owners(emailAddress,displayName))",
    orderBy: "modifiedTime desc",
    pageSize: "1000",
  };
  const { files } = await api.get("/drive/v3/files", query);
  byId("files").replaceChildren(...files.map(row));
  byId("files").hidden = files.length === 0;
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
    el("img", { src: file.mimeType === FORM ? "/static/form_mark.svg" : "/static/mark.svg", alt: "", width: 28, height: 28 }),
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

byId("new").addEventListener("click", create);
attempt(load);
