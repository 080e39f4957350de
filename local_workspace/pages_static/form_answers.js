// The answers to a form, for who may change it: read, deleted; and whether the form takes more of them.
import * as api from "./api.js";
import { confirmed } from "./dialogs.js";
import { attempt, byId, el, say } from "./dom.js";

const EVERY = 5000;
const id = encodeURIComponent(document.body.dataset.file);
const path = `/v1/forms/${id}`;
const page = { known: "" };

const when = (text) => new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** The questions in order, as {id, title}. */
function questions(form) {
  return (form.items ?? []).flatMap((item) => {
    if (item.questionItem) return [{ id: item.questionItem.question.questionId, title: item.title ?? "" }];
    return (item.questionGroupItem?.questions ?? []).map((row) => ({ id: row.questionId, title: `${item.title ?? ""}: ${row.rowQuestion.title}` }));
  });
}

function card(response, asked, number) {
  const edited = new Date(response.lastSubmittedTime) - new Date(response.createTime) > 1000;
  const words = `Response ${number}`;
  return el(
    "li",
    {},
    el(
      "div",
      { class: "head" },
      el("h2", {}, `${words}, ${response.respondentEmail ?? "no address"}`),
      el("button", { type: "button", "aria-label": `Delete ${words}`, onclick: () => remove(response, words) }, "Delete"),
    ),
    el("p", { class: "hint" }, `${when(response.createTime)}${edited ? `, edited ${when(response.lastSubmittedTime)}` : ""}`),
    el(
      "dl",
      {},
      ...asked
        .filter((one) => response.answers?.[one.id])
        .flatMap((one) => [el("dt", {}, one.title || "Untitled question"), el("dd", {}, response.answers[one.id].textAnswers.answers.map((each) => each.value).join(", "))]),
    ),
  );
}

async function every() {
  const found = [];
  let token = "";
  do {
    const { responses = [], nextPageToken = "" } = await api.get(`${path}/responses`, token ? { pageToken: token } : {});
    found.push(...responses);
    token = nextPageToken;
  } while (token);
  return found;
}

async function load() {
  const [form, { editable }, responses] = [await api.get(path), await api.get(`/local/forms/${id}`), await every()];
  const key = JSON.stringify([form, editable, responses]);
  if (key === page.known) return;
  page.known = key;
  const { isPublished = false, isAcceptingResponses = false } = form.publishSettings.publishState;
  byId("title").textContent = form.info.title;
  document.title = `${form.info.title}: responses – local workspace`;
  byId("open").href = new URL(form.responderUri).pathname;
  byId("open").hidden = !isPublished;
  byId("accepting").checked = isAcceptingResponses;
  byId("editable").checked = editable;
  byId("switches").hidden = false;
  const many = responses.length === 1 ? "1 response" : `${responses.length} responses`;
  byId("count").textContent = isPublished ? many : `${many}. The form is not published: nobody can open it.`;
  const asked = questions(form);
  byId("answers").replaceChildren(...responses.map((one, at) => card(one, asked, at + 1)).reverse());
}

async function remove(response, words) {
  if (!(await confirmed("Delete the response?", `${words} will be gone for good.`, "Delete", "danger"))) return;
  await attempt(async () => {
    await api.remove(`/local/forms/${id}/responses/${encodeURIComponent(response.responseId)}`);
    say(`${words} was deleted.`);
  });
  await attempt(load);
}

function switched(box, change) {
  box.addEventListener("change", async () => {
    await attempt(() => change(box.checked));
    page.known = "";
    await attempt(load);
  });
}

switched(byId("accepting"), async (on) => {
  // Google opens a form by publishing it, and closes it without taking it back.
  await api.post(`${path}:setPublishSettings`, { publishSettings: { publishState: { isPublished: true, isAcceptingResponses: on } }, updateMask: "publish_state" });
});
switched(byId("editable"), (on) => api.patch(`/local/forms/${id}`, { editable: on }));
setInterval(() => {
  if (!document.hidden && !document.querySelector("dialog")) load().catch(() => {});
}, EVERY);
await attempt(load);
document.body.dataset.ready = "true";
