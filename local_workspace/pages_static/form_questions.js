// One question of a form: what the person sees, what they answered, and what is wrong with it.
// Each builder gives {node, read() -> texts, write(texts)}; `question` puts one into a card.
import { el } from "./dom.js";

const REQUIRED = "This is a required question";
const ICONS = { STAR: "★", HEART: "♥", THUMB_UP: "👍" };
let count = 0;

const fresh = (word) => `${word}-${++count}`;
const texts = (value) => (value.trim() ? [value] : []);

function shuffled(list) {
  const out = [...list];
  for (let at = out.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [out[at], out[other]] = [out[other], out[at]];
  }
  return out;
}

/** Radio buttons or tick-boxes; an option that is "other" has a line to write in. */
function marks(type, options, name) {
  const boxes = options.map((option) => {
    const mark = el("input", { type, name, id: fresh("mark"), value: option.isOther ? "" : option.value });
    const line = option.isOther ? el("input", { type: "text", "aria-label": "Other response", autocomplete: "off" }) : null;
    line?.addEventListener("input", () => (mark.checked = Boolean(line.value.trim()) || mark.checked));
    return { mark, line, node: el("div", { class: "option" }, mark, el("label", { for: mark.id }, option.isOther ? "Other:" : (option.label ?? option.value)), line) };
  });
  const known = new Set(options.filter((option) => !option.isOther).map((option) => option.value));
  return {
    nodes: boxes.map((box) => box.node),
    read: () => boxes.filter((box) => box.mark.checked).map((box) => (box.line ? box.line.value : box.mark.value)),
    half: () => boxes.some((box) => box.line && box.mark.checked && !box.line.value.trim()),
    write: (values) => {
      for (const box of boxes) {
        const other = box.line ? values.find((value) => !known.has(value)) : undefined;
        box.mark.checked = box.line ? other !== undefined : values.includes(box.mark.value);
        if (box.line) box.line.value = other ?? "";
      }
    },
  };
}

function choice(body, required) {
  const options = body.shuffle ? shuffled(body.options) : body.options;
  if (body.type === "DROP_DOWN") {
    const list = el("select", { id: fresh("list") }, el("option", { value: "" }, "Choose"), ...options.map((one) => el("option", { value: one.value }, one.value)));
    return { node: list, labelled: list, read: () => texts(list.value), write: (values) => (list.value = values[0] ?? "") };
  }
  const made = marks(body.type === "RADIO" ? "radio" : "checkbox", options, fresh("choice"));
  const node = el("div", {}, ...made.nodes);
  if (body.type === "RADIO" && !required) {
    const clear = el("button", { type: "button", class: "quiet", hidden: true }, "Clear selection");
    const look = () => (clear.hidden = made.read().length === 0);
    clear.addEventListener("click", () => {
      made.write([]);
      look();
      node.querySelector("input").focus();
      node.dispatchEvent(new Event("change", { bubbles: true }));
    });
    node.addEventListener("change", look);
    node.append(clear);
  }
  return { ...made, node, group: true, fault: () => (made.half() ? "Write your answer beside Other." : "") };
}

function line(type, more = {}) {
  const node = type === "textarea" ? el("textarea", { id: fresh("line"), rows: 4 }) : el("input", { type, id: fresh("line"), autocomplete: "off", ...more });
  return { node, labelled: node, read: () => texts(node.value), write: (values) => (node.value = values[0] ?? "") };
}

/** A text of a fixed shape, which the hint tells. */
function shaped(pattern, hint) {
  const made = line("text");
  const told = el("p", { class: "hint", id: fresh("hint") }, hint);
  made.node.setAttribute("aria-describedby", told.id);
  const test = new RegExp(`^${pattern}$`);
  return { ...made, told: told.id, node: el("div", {}, told, made.node), fault: () => (made.read().every((value) => test.test(value)) ? "" : `Write it as told: ${hint}`) };
}

function date(body) {
  if (!body.includeYear) return shaped(body.includeTime ? "\\d\\d-\\d\\d \\d\\d:\\d\\d" : "\\d\\d-\\d\\d", body.includeTime ? "Month, day and time, such as 05-19 14:51" : "Month and day, such as 05-19");
  const day = line("date", { max: "9999-12-31" });
  if (!body.includeTime) return { ...day, fault: () => (day.node.validity.badInput ? "This is no date." : "") };
  day.node.setAttribute("aria-label", "Date");
  const time = line("time", { "aria-label": "Time" });
  return {
    node: el("div", { class: "row" }, day.node, time.node),
    group: true,
    read: () => texts(`${day.node.value} ${time.node.value}`),
    fault: () => (Boolean(day.node.value) === Boolean(time.node.value) ? "" : "Give both, the date and the time."),
    write: ([text = ""]) => ([day.node.value, time.node.value] = [text.split(" ")[0], text.split(" ")[1] ?? ""]),
  };
}

function numbers(low, high, lowLabel, highLabel, icon = "") {
  const options = Array.from({ length: high - low + 1 }, (_, at) => ({ value: String(low + at), label: `${low + at}${icon ? ` ${icon}` : ""}` }));
  const made = marks("radio", options, fresh("scale"));
  const node = el("div", { class: "row scale" }, lowLabel ? el("span", {}, lowLabel) : null, ...made.nodes, highLabel ? el("span", {}, highLabel) : null);
  return { ...made, node, group: true };
}

function asker(question) {
  if (question.choiceQuestion) return choice(question.choiceQuestion, question.required);
  if (question.textQuestion) return line(question.textQuestion.paragraph ? "textarea" : "text");
  if (question.dateQuestion) return date(question.dateQuestion);
  if (question.timeQuestion?.duration) return shaped("\\d\\d:[0-5]\\d", "Hours and minutes, such as 01:30");
  if (question.timeQuestion) return line("time");
  if (question.scaleQuestion) {
    const { low = 0, high, lowLabel, highLabel } = question.scaleQuestion;
    return numbers(low, high, lowLabel, highLabel);
  }
  return numbers(1, question.ratingQuestion.ratingScaleLevel, "", "", ICONS[question.ratingQuestion.iconType]);
}

function title(text, required) {
  return [text || "Untitled question", ...(required ? [" ", el("span", { class: "must", "aria-hidden": "true" }, "*"), el("span", { class: "visually-hidden" }, "(required)")] : [])];
}

/** A question in its card: {node, id, question, read, write, check() -> whether it may stand}. */
export function question(item, asked) {
  const made = asker(asked);
  const problem = el("p", { class: "problem", id: fresh("problem"), role: "alert" });
  const about = item.description ? el("p", { class: "about hint", id: fresh("about") }, item.description) : null;
  const body = made.group
    ? el("fieldset", {}, el("legend", {}, ...title(item.title, asked.required)), about, made.node)
    : el("div", {}, el("label", { class: "asked", for: made.labelled?.id ?? made.node.querySelector("input").id }, ...title(item.title, asked.required)), about, made.node);
  const node = el("div", { class: "card question", "data-question": asked.questionId }, body, problem);
  return { ...checked(made, node, problem, asked.required, about), id: asked.questionId, question: asked };
}

/** Adds to an asker what tells the person that an answer cannot stand. */
function checked(made, node, problem, required, about) {
  const inputs = () => [...node.querySelectorAll("input, textarea, select")];
  const tell = (text) => {
    problem.textContent = text;
    node.classList.toggle("wrong", Boolean(text));
    const described = [made.told, about?.id, text ? problem.id : ""].filter(Boolean).join(" ");
    for (const input of inputs()) {
      input.setAttribute("aria-invalid", String(Boolean(text)));
      if (made.group || made.labelled) input.setAttribute("aria-describedby", described);
    }
    return !text;
  };
  node.addEventListener("change", () => problem.textContent && tell(""));
  return {
    node,
    read: made.read,
    write: (values) => {
      made.write(values);
      node.querySelector("input, select")?.dispatchEvent(new Event("change", { bubbles: true }));
    },
    tell,
    check: () => tell(made.fault?.() || (required && made.read().length === 0 ? REQUIRED : "")),
    focus: () => inputs()[0]?.focus(),
  };
}

/** A grid: one card, a question for each of its rows. */
export function grid(item) {
  const { columns, shuffleQuestions } = item.questionGroupItem.grid;
  const card = el("div", { class: "card question grid" }, el("h2", { class: "asked" }, item.title || "Untitled question"), item.description ? el("p", { class: "about hint" }, item.description) : null);
  const rows = item.questionGroupItem.questions.map((asked) => {
    const made = marks(columns.type === "RADIO" ? "radio" : "checkbox", columns.options, fresh("row"));
    const problem = el("p", { class: "problem", id: fresh("problem"), role: "alert" });
    const node = el("fieldset", { "data-question": asked.questionId }, el("legend", {}, ...title(asked.rowQuestion.title, asked.required)), el("div", { class: "row" }, ...made.nodes), problem);
    return { ...checked({ ...made, group: true }, node, problem, asked.required, null), id: asked.questionId, question: asked };
  });
  card.append(...(shuffleQuestions ? shuffled(rows) : rows).map((row) => row.node));
  return { node: card, rows };
}
