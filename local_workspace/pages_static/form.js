// A form as Google shows it to whoever fills it in: sections with Next and Back, branches, answers filled in by the link.
import * as api from "./api.js";
import { confirmed } from "./dialogs.js";
import { attempt, byId, el, say } from "./dom.js";
import { grid, question } from "./form_questions.js";

const here = `/forms/d/e/${encodeURIComponent(document.body.dataset.file)}`;
const query = new URLSearchParams(window.location.search);
const switching = `/accounts?back=${encodeURIComponent(window.location.pathname + window.location.search)}`;
const OTHER = "__other_option__";
const page = { form: null, parts: [], trail: [0], consent: null, email: null };

const main = byId("form-page");

/** What stands on the page, the place for sentences aside. */
function show(...nodes) {
  main.replaceChildren(...nodes, byId("status"));
  window.scrollTo(0, 0);
  nodes[0].querySelector("[tabindex]")?.focus();
}

const heading = (tag, text) => el(tag, { tabindex: "-1" }, text);

function closed(form) {
  const other = form.state === "forbidden" ? el("p", { class: "links" }, el("a", { href: switching }, "Switch account")) : null;
  show(el("div", { class: "card top" }, heading("h1", form.title), el("p", { class: "about" }, form.why), other));
}

/** Builds one section: {nodes, questions}. The nodes stay, so that Back finds what was written. */
function built(section) {
  const questions = [];
  const nodes = section.items.map((item) => {
    if (item.questionItem) {
      const made = question(item, item.questionItem.question);
      questions.push(made);
      return made.node;
    }
    if (item.questionGroupItem) {
      const made = grid(item);
      questions.push(...made.rows);
      return made.node;
    }
    return el("div", { class: "card" }, el("h2", { class: "asked" }, item.title ?? ""), item.description ? el("p", { class: "about" }, item.description) : null);
  });
  return { section, nodes, questions };
}

/** The option of an answer that leads somewhere; of several in a section the last one counts. */
function way(part) {
  let found = null;
  for (const one of part.questions) {
    const values = one.read();
    const option = one.question.choiceQuestion?.options.find((each) => values.length === 1 && each.value === values[0]);
    if (option?.goToSectionId || option?.goToAction) found = option;
  }
  return found;
}

/** The index of the section after this one, null where the form is sent. */
function following(at) {
  const option = way(page.parts[at]);
  if (option?.goToSectionId) return page.parts.findIndex((part) => part.section.id === option.goToSectionId);
  if (option?.goToAction === "SUBMIT_FORM") return null;
  if (option?.goToAction === "RESTART_FORM") return 0;
  return at + 1 < page.parts.length ? at + 1 : null;
}

function consentCard() {
  const { collects, email } = page.form;
  if (collects === "RESPONDER_INPUT") {
    page.email = question({ title: "Email" }, { questionId: "", required: true, textQuestion: {} });
    page.email.node.querySelector("input").type = "email";
    return page.email.node;
  }
  if (collects !== "VERIFIED") return null;
  const words = `Record ${email} as the email to be included with my response`;
  page.consent = question({ title: "Email" }, { questionId: "", required: true, choiceQuestion: { type: "CHECKBOX", options: [{ value: words }] } });
  return page.consent.node;
}

function topCard() {
  const form = page.form;
  return el(
    "div",
    { class: "card top" },
    heading("h1", form.title),
    form.sections[0].description ? el("p", { class: "about" }, form.sections[0].description) : null,
    page.editing ? el("p", { class: "hint" }, "You are editing your response. Whoever has this link as your account can edit it too. ", el("a", { href: `${here}/viewform` }, "Fill in a new response")) : null,
    el("p", { class: "hint" }, `Signed in as ${form.email}. `, el("a", { href: switching }, "Switch account")),
    form.collects === "VERIFIED" ? el("p", { class: "hint" }, "Your email is recorded when you send this form.") : null,
    el("p", { class: "must" }, "* Indicates required question"),
  );
}

function sectionCard(section) {
  return el("div", { class: "card section" }, el("h1", { class: "small" }, page.form.title), heading("h2", section.title), section.description ? el("p", { class: "about" }, section.description) : null);
}

function render() {
  const at = page.trail.at(-1);
  const part = page.parts[at];
  const first = at === 0;
  const next = el("button", { type: "submit", class: "main" });
  const label = () => (next.textContent = following(at) === null ? "Submit" : "Next");
  const back = page.trail.length > 1 ? el("button", { type: "button", onclick: goBack }, "Back") : null;
  const clear = el("button", { type: "button", class: "quiet", onclick: clearAll }, "Clear form");
  const form = el("form", { novalidate: true }, first ? page.top : sectionCard(part.section), first ? page.who : null, ...part.nodes, el("div", { class: "ways" }, back, next, clear));
  form.addEventListener("change", label);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    goOn();
  });
  // In Google's forms Enter in a line sends nothing.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
  label();
  show(form);
}

function goBack() {
  page.trail.pop();
  render();
}

function asked(at) {
  const extra = at === 0 ? [page.email, page.consent].filter(Boolean) : [];
  return [...extra, ...page.parts[at].questions];
}

async function goOn() {
  const at = page.trail.at(-1);
  const wrong = asked(at).filter((one) => !one.check());
  if (wrong.length) {
    wrong[0].focus();
    return;
  }
  const next = following(at);
  if (next === null) await send();
  else {
    // A way back to the start begins the trail anew, so that nothing is gone through twice.
    page.trail = page.trail.includes(next) ? page.trail.slice(0, page.trail.indexOf(next) + 1) : [...page.trail, next];
    render();
  }
}

async function clearAll() {
  if (!(await confirmed("Clear the form?", "Every answer is taken out of it. This cannot be undone.", "Clear form"))) return;
  for (const part of page.parts) for (const one of part.questions) one.write([]);
  for (const one of [page.email, page.consent]) one?.write([]);
  page.trail = [0];
  render();
  say("The form is empty again.");
}

async function send() {
  const answers = {};
  for (const at of page.trail) {
    for (const one of page.parts[at].questions) {
      const values = one.read();
      if (values.length) answers[one.id] = values;
    }
  }
  const body = { answers, ...(page.email ? { email: page.email.read()[0] } : {}), ...(page.editing ? { edit2: page.editing } : {}) };
  const button = main.querySelector("button[type=submit]");
  button.disabled = true;
  const sent = await attempt(() => api.post(`${here}/formResponse`, body));
  button.disabled = false;
  if (!sent) return;
  show(
    el(
      "div",
      { class: "card top" },
      heading("h1", page.form.title),
      el("p", { class: "about" }, "Your response has been recorded."),
      el(
        "p",
        { class: "links" },
        sent.edit2 ? el("a", { href: `${here}/viewform?edit2=${encodeURIComponent(sent.edit2)}` }, "Edit your response") : null,
        el("a", { href: `${here}/viewform` }, "Submit another response"),
      ),
    ),
  );
}

/** The answers that the link brings: entry.N, the question's id in decimals, once for each value. */
function filledIn() {
  const found = {};
  for (const [entry, id] of Object.entries(page.form.entries)) {
    const values = query.getAll(entry).map((value) => (value === OTHER ? (query.get(`${entry}.other_option_response`) ?? "") : value));
    if (values.length) found[id] = values;
  }
  return found;
}

async function start() {
  page.editing = query.get("edit2");
  page.form = await api.get(`${here}/content`, page.editing ? { edit2: page.editing } : {});
  document.title = `${page.form.title} – local workspace`;
  if (page.form.state !== "open") {
    closed(page.form);
    return;
  }
  page.parts = page.form.sections.map(built);
  page.who = page.editing ? null : consentCard();
  page.top = topCard();
  const answers = page.form.answers ?? filledIn();
  for (const part of page.parts) for (const one of part.questions) if (answers[one.id]) one.write(answers[one.id]);
  render();
}

attempt(async () => {
  try {
    await start();
  } catch (error) {
    show(el("div", { class: "card top" }, heading("h1", "This form cannot be shown"), el("p", {}, error.message), el("p", { class: "links" }, el("a", { href: switching }, "Switch account"))));
    throw error;
  } finally {
    document.body.dataset.ready = "true";
  }
});
