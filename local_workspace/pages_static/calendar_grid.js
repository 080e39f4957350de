// Draws the days: headings, the all-day row, and the hours with events side by side where they overlap. Dragging moves
// and resizes; everything that dragging does, the event's dialog does too.
import { addDays, clock, longDay, shortDay, timeOf } from "./calendar_days.js";
import { mayWrite } from "./calendar_events.js";
import { byId, el } from "./dom.js";

export const HOUR = 64;
const STEP = 15;
const SHORTEST = 15;

/** Black or white, whichever can be read on a colour. */
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return light > 0.179 ? "#14181b" : "#ffffff";
}

export function describe(event, day) {
  const until = timeOf((event.from + event.minutes) % 1440);
  const time = event.allDay ? "all day" : `${clock(timeOf(event.from))} to ${clock(until)}`;
  const parts = [event.title, longDay(day), time, event.location, event.calendar.summaryOverride ?? event.calendar.summary];
  if (event.free) parts.push("free");
  if (event.deleted) parts.push("deleted");
  if (event.mine) parts.push({ accepted: "you said yes", declined: "you said no", tentative: "you said maybe" }[event.mine.responseStatus] ?? "not answered yet");
  return parts.filter(Boolean).join(", ");
}

function block(event, day) {
  const kinds = ["event"];
  if (event.free) kinds.push("free");
  if (event.deleted) kinds.push("deleted");
  if (event.mine?.responseStatus === "declined") kinds.push("declined");
  if (event.mine && ["needsAction", "tentative"].includes(event.mine.responseStatus)) kinds.push("open");
  const node = el(
    "button",
    { type: "button", class: kinds.join(" "), "aria-label": describe(event, day), "data-id": event.id, "data-calendar": event.calendar.id },
    el("span", { class: "what" }, event.title),
    event.allDay ? null : el("span", { class: "when" }, clock(timeOf(event.from)), event.location ? `, ${event.location}` : ""),
  );
  const colour = event.calendar.backgroundColor;
  node.style.setProperty("--colour", colour);
  const plain = event.free || event.deleted || kinds.includes("declined") || kinds.includes("open");
  node.style.setProperty("--text", plain ? "#14181b" : inkOn(colour));
  return node;
}

/** Lanes for the events of one day: those that overlap stand side by side. */
function lanes(events) {
  const out = [];
  let cluster = [];
  let until = -1;
  const close = () => {
    const width = Math.max(0, ...cluster.map((one) => one.lane)) + 1;
    for (const one of cluster) out.push({ ...one, width });
    cluster = [];
  };
  for (const one of events) {
    if (one.top >= until) close();
    const taken = new Set(cluster.filter((other) => other.bottom > one.top).map((other) => other.lane));
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    cluster.push({ ...one, lane });
    until = Math.max(until, one.bottom);
  }
  close();
  return out;
}

function column(day, events, today, actions) {
  const node = el("div", { class: day === today ? "day today" : "day", "data-day": day });
  const parts = events
    .filter((event) => !event.allDay && event.minutes < 1440 && event.day <= day && event.last >= day)
    .map((event) => {
      const top = event.day === day ? event.from : 0;
      const whole = event.day === day ? event.from + event.minutes : event.from + event.minutes - 1440;
      return { event, top, bottom: Math.min(1440, Math.max(whole, top + SHORTEST)) };
    })
    .sort((a, b) => a.top - b.top || b.bottom - a.bottom);
  for (const { event, top, bottom, lane, width } of lanes(parts)) {
    const box = block(event, day);
    if (bottom - top < 30) box.classList.add("short");
    box.style.top = `${(top / 60) * HOUR}px`;
    box.style.height = `${((bottom - top) / 60) * HOUR - 1}px`;
    box.style.left = `${(lane / width) * 100}%`;
    box.style.width = `calc(${100 / width}% - 3px)`;
    box.addEventListener("click", (pressed) => {
      pressed.stopPropagation();
      if (!box.dataset.dragged) actions.open(event);
      delete box.dataset.dragged;
    });
    if (mayWrite(event.calendar) && !event.deleted && event.day === day) draggable(box, event, actions);
    node.append(box);
  }
  node.addEventListener("click", (pressed) => {
    if (pressed.target !== node) return;
    const minutes = Math.floor(((pressed.clientY - node.getBoundingClientRect().top) / HOUR) * 2) * 30;
    actions.create(day, Math.max(0, Math.min(minutes, 1410)));
  });
  return node;
}

/** With a mouse or a pen an event is carried to another time or day, or drawn longer by its lower edge. */
function draggable(box, event, actions) {
  const grip = el("span", { class: "grip", "aria-hidden": "true" });
  box.append(grip);
  box.addEventListener("pointerdown", (down) => {
    if (down.button !== 0 || down.pointerType === "touch") return;
    const resizing = down.target === grip;
    const columns = [...document.querySelectorAll("#hours .day")];
    const home = columns.findIndex((one) => one.dataset.day === event.day);
    let steps = 0;
    let target = home;
    const move = (moved) => {
      steps = Math.round(((moved.clientY - down.clientY) / HOUR) * (60 / STEP));
      if (!resizing) {
        const over = columns.findIndex((one) => {
          const area = one.getBoundingClientRect();
          return moved.clientX >= area.left && moved.clientX < area.right;
        });
        target = over < 0 ? target : over;
        steps = Math.max(-event.from / STEP, Math.min(steps, (1440 - STEP - event.from) / STEP));
      } else steps = Math.max((SHORTEST - event.minutes) / STEP, steps);
      if (steps || target !== home) box.dataset.dragged = "true";
      const shift = `${steps * STEP * (HOUR / 60)}px`;
      if (resizing) box.style.height = `${((event.minutes + steps * STEP) / 60) * HOUR - 1}px`;
      else box.style.transform = `translate(${columns[target].getBoundingClientRect().left - columns[home].getBoundingClientRect().left}px, ${shift})`;
      box.classList.add("held");
    };
    const stop = (up) => {
      box.removeEventListener("pointermove", move);
      box.removeEventListener("pointerup", stop);
      box.removeEventListener("pointercancel", stop);
      box.classList.remove("held");
      actions.busy(false);
      if (up.type === "pointercancel") return actions.redraw();
      // Put down where it was taken up: a click, which must still find this element.
      if (!steps && target === home) {
        box.style.transform = "";
        return undefined;
      }
      if (resizing) return actions.resize(event, event.minutes + steps * STEP);
      return actions.move(event, columns[target].dataset.day, event.from + steps * STEP);
    };
    actions.busy(true);
    box.setPointerCapture(down.pointerId);
    box.addEventListener("pointermove", move);
    box.addEventListener("pointerup", stop);
    box.addEventListener("pointercancel", stop);
  });
}

/** Draws everything anew; the focus stays with the event that had it. */
export function draw({ first, count, events, today }, actions) {
  const held = document.activeElement?.closest?.(".event");
  const key = held && [held.dataset.id, held.dataset.calendar];
  const days = Array.from({ length: count }, (_, at) => addDays(first, at));
  for (const id of ["days", "allday", "hours"]) byId(id).style.setProperty("--count", count);
  byId("days").replaceChildren(
    el("span", { class: "corner" }),
    ...days.map((day) =>
      el("h2", { class: day === today ? "today" : "" }, el("span", { "aria-hidden": "true" }, shortDay(day)), el("span", { class: "visually-hidden" }, longDay(day))),
    ),
  );
  byId("allday").replaceChildren(
    el("span", { class: "corner" }, "All day"),
    ...days.map((day) => {
      const cell = el("div", { class: "cell", "data-day": day });
      for (const event of events.filter((one) => (one.allDay || one.minutes >= 1440) && one.day <= day && one.last >= day)) {
        const box = block(event, day);
        box.addEventListener("click", () => actions.open(event));
        cell.append(box);
      }
      return cell;
    }),
  );
  const labels = el("div", { class: "labels", "aria-hidden": "true" });
  for (let hour = 1; hour < 24; hour += 1) {
    const label = el("span", {}, `${hour % 12 || 12}${hour < 12 ? "am" : "pm"}`);
    label.style.top = `${hour * HOUR}px`;
    labels.append(label);
  }
  byId("hours").replaceChildren(labels, ...days.map((day) => column(day, events, today, actions)));
  byId("hours").style.height = `${24 * HOUR}px`;
  if (key) document.querySelector(`.event[data-id="${CSS.escape(key[0])}"][data-calendar="${CSS.escape(key[1])}"]`)?.focus({ preventScroll: true });
}
