// The account's mail: what was sent for it and what came, read safely. HTML is shown in a frame that can do nothing
// but open links in a new tab; what a mail says is never part of this page.
import * as api from "./api.js";
import { attempt, byId, el } from "./dom.js";

const EVERY = 5000;
const page = { box: "out", open: "", known: "" };

const when = (milliseconds) => new Date(milliseconds).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
const path = (id) => `/local/mail/${encodeURIComponent(id)}`;
const inBox = (mail) => mail.both || mail.box === page.box;

function row(mail) {
  const other = page.box === "out" ? `To ${mail.to}` : `From ${mail.from}`;
  return el(
    "li",
    { class: mail.unread && page.box === "in" ? "unread" : "" },
    el("span", { class: "badge", "aria-hidden": "true" }, mail.byCalendar ? "▦" : "✉"),
    el(
      "div",
      {},
      el("a", { class: "name", href: `#${page.box}=${mail.id}` }, mail.subject || "(No subject)"),
      el("div", { class: "about" }, `${other}, ${when(mail.date)}${mail.byCalendar ? ", by Calendar" : ""}`),
      el("div", { class: "about snippet" }, mail.snippet),
    ),
  );
}

async function list() {
  const { mails } = await api.get("/local/mail");
  const shown = mails.filter(inBox);
  const key = JSON.stringify([page.box, shown]);
  if (key === page.known) return;
  page.known = key;
  byId("mails").replaceChildren(...shown.map(row));
  byId("mails").hidden = shown.length === 0;
  byId("none").hidden = shown.length > 0;
}

function size(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`;
}

/** The text of a mail, its web addresses as links. */
function linked(text) {
  const out = el("div", { class: "text" });
  for (const part of text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/)) {
    if (/^https?:\/\//.test(part)) out.append(el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part));
    else out.append(part);
  }
  return out;
}

function body(mail) {
  const text = linked(mail.text || (mail.html ? "" : "This mail has no text."));
  if (!mail.html) return [text];
  const frame = el("iframe", {
    title: "The mail as it is laid out",
    src: `${path(mail.id)}/html`,
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
    referrerpolicy: "no-referrer",
  });
  if (!mail.text) return [frame];
  const swap = el("div", { class: "tools", role: "group", "aria-label": "How to show it" });
  const choose = (laidOut) => {
    frame.hidden = !laidOut;
    text.hidden = laidOut;
    asHtml.setAttribute("aria-pressed", String(laidOut));
    asText.setAttribute("aria-pressed", String(!laidOut));
  };
  const asHtml = el("button", { type: "button", onclick: () => choose(true) }, "Laid out");
  const asText = el("button", { type: "button", onclick: () => choose(false) }, "Plain text");
  swap.append(asHtml, asText);
  choose(true);
  return [swap, frame, text];
}

async function read(id) {
  const mail = await api.get(path(id));
  byId("mail").replaceChildren(
    el("p", {}, el("a", { href: `#${page.box}`, class: "back" }, "‹ All mail")),
    el("h2", { id: "subject", tabindex: "-1" }, mail.subject || "(No subject)"),
    el("dl", {}, ...mail.headers.filter((one) => one.name !== "Subject").flatMap((one) => [el("dt", {}, one.name), el("dd", {}, one.value)])),
    ...(mail.attachments.length
      ? [
          el(
            "ul",
            { class: "files", "aria-label": "Attachments" },
            ...mail.attachments.map((file) =>
              el("li", {}, el("a", { href: `${path(id)}/parts/${encodeURIComponent(file.part)}`, download: file.name }, file.name), ` (${file.type}, ${size(file.size)})`),
            ),
          ),
        ]
      : []),
    ...body(mail),
  );
  if (mail.unread && mail.box === "in") await api.post(`/gmail/v1/users/me/messages/${encodeURIComponent(id)}/modify`, { removeLabelIds: ["UNREAD"] });
}

async function show() {
  const [box, id] = window.location.hash.slice(1).split("=");
  page.box = box === "in" ? "in" : "out";
  page.open = id ?? "";
  byId("box-out").setAttribute("aria-pressed", String(page.box === "out"));
  byId("box-in").setAttribute("aria-pressed", String(page.box === "in"));
  byId("list-view").hidden = Boolean(page.open);
  byId("mail").hidden = !page.open;
  if (page.open) {
    await read(page.open);
    byId("subject").focus();
  } else {
    page.known = "";
    await list();
  }
  document.body.dataset.ready = "true";
}

byId("box-out").addEventListener("click", () => (window.location.hash = "#out"));
byId("box-in").addEventListener("click", () => (window.location.hash = "#in"));
window.addEventListener("hashchange", () => attempt(show));
setInterval(() => {
  if (!page.open && !document.hidden) list().catch(() => {});
}, EVERY);
attempt(show);
