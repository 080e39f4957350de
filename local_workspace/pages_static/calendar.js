// The calendar page: which days, which calendars, and what the person does with the events on them.
import { Addons } from "./addons.js";
import { addDays, dayAndMonth, isDay, mondayOf, moment, month, todayIn, wholeDay } from "./calendar_days.js";
import { openEvent } from "./calendar_dialog.js";
import { addCalendar, between, calendars, change, choose, follow, mayWrite, one, when } from "./calendar_events.js";
import { draw, HOUR } from "./calendar_grid.js";
import { asked } from "./dialogs.js";
import { attempt, byId, el, say } from "./dom.js";

const NARROW = 640;
const EVERY = 5000;

const page = { calendars: [], events: [], drawn: "", zone: "Europe/London", day: "", view: "week", busy: false, asked: 0 };

const count = () => (page.view === "day" ? 1 : 7);
const first = () => (page.view === "day" ? page.day : mondayOf(page.day));
const today = () => todayIn(page.zone);
const shown = () => page.calendars.filter((calendar) => calendar.selected);

const actions = {
  open: (event) => open(event),
  create: (day, minutes) => open(blank(day, minutes)),
  redraw: () => redraw(),
  busy: (held) => (page.busy = held),
  move: (event, day, minutes) => reschedule(event, day, minutes, event.minutes, "Moved"),
  resize: (event, minutes) => reschedule(event, event.day, event.from, minutes, "Changed"),
};

function blank(day, minutes) {
  const calendar = page.calendars.find((one) => one.selected && mayWrite(one)) ?? page.calendars.find(mayWrite);
  return { calendar, day, last: day, from: minutes, minutes: 30, allDay: false };
}

async function open(event) {
  page.busy = true;
  if (event.id && !event.deleted) {
    const about = `${event.title}, ${wholeDay(event.day)}`;
    page.addons?.eventOpened({ calendarId: event.calendar.id, eventId: event.id, about });
  }
  await openEvent(event, { calendars: page.calendars, zone: page.zone, saved: (words) => say(words) });
  page.busy = false;
  await attempt(load);
}

async function reschedule(event, day, from, minutes, word) {
  const start = moment(day, from);
  const end = moment(day, from + minutes);
  await attempt(async () => {
    try {
      await change(event, { start: when(start.day, start.time, page.zone), end: when(end.day, end.time, page.zone) }, true);
      say(`${word} to ${wholeDay(start.day)}, ${start.time} to ${end.time}.`);
    } catch (error) {
      if (error.status !== 412) throw error;
      say("Somebody else changed this event just now, so it stays where it was. Look again, then move it.", "error");
    }
  });
  // What was refused has to go back to its place.
  page.drawn = "";
  await attempt(load);
}

async function load() {
  const turn = (page.asked += 1);
  const found = await between(shown(), first(), count(), page.zone, byId("deleted").checked);
  // An answer that was overtaken by a later question is of other days.
  if (turn !== page.asked) return;
  page.events = found;
  // Drawing anew under somebody's hand loses their click: only what changed is worth it.
  const key = JSON.stringify([page.view, first(), today(), found.map((event) => [event.id, event.etag, event.calendar.id])]);
  if (key === page.drawn) return;
  page.drawn = key;
  redraw();
}

function redraw() {
  byId("view-day").setAttribute("aria-pressed", String(page.view === "day"));
  byId("view-week").setAttribute("aria-pressed", String(page.view === "week"));
  const from = first();
  const end = addDays(from, count() - 1);
  const week = month(from) === month(end) ? month(from) : `${dayAndMonth(from)} to ${dayAndMonth(end)}`;
  const words = page.view === "day" ? wholeDay(page.day) : week;
  if (byId("range").textContent !== words) byId("range").textContent = words;
  document.body.dataset.view = page.view;
  draw({ first: from, count: count(), events: page.events, today: today() }, actions);
}

function listed() {
  byId("calendars").replaceChildren(
    ...page.calendars.map((calendar) => {
      const box = el("input", { type: "checkbox" });
      box.checked = Boolean(calendar.selected);
      box.addEventListener("change", () =>
        attempt(async () => {
          calendar.selected = box.checked;
          await choose(calendar, box.checked);
          await load();
        }),
      );
      const dot = el("span", { class: "dot", "aria-hidden": "true" });
      dot.style.background = calendar.backgroundColor;
      return el("li", {}, el("label", { class: "tick" }, box, dot, calendar.summaryOverride ?? calendar.summary));
    }),
  );
  byId("new").disabled = !page.calendars.some(mayWrite);
}

function go(day, view = page.view) {
  page.day = day;
  page.view = view;
  const hash = `#${view}=${day}`;
  if (window.location.hash !== hash) window.history.replaceState(null, "", `${window.location.pathname}${window.location.search}${hash}`);
  return attempt(load);
}

function fromAddress() {
  const [view, day] = window.location.hash.slice(1).split("=");
  const narrow = window.innerWidth < NARROW;
  page.day = isDay(day ?? "") ? day : today();
  page.view = ["day", "week"].includes(view) ? view : narrow ? "day" : "week";
}

/** A link in a mail names one event: its day is shown, and the event opened. */
async function linked() {
  const eid = new URLSearchParams(window.location.search).get("eid");
  if (!eid) return;
  let id = "";
  let name = "";
  try {
    [id, name] = atob(eid.replaceAll("-", "+").replaceAll("_", "/")).split(" ");
  } catch {
    say("This link names no event. Was all of it copied?", "error");
    return;
  }
  const calendar = page.calendars.find((one) => one.id === name);
  if (!calendar) {
    say(`This event is in the calendar of ${name || "somebody else"}. Switch to that account to see it.`, "error");
    return;
  }
  const event = await one(calendar, id, page.zone);
  await go(event.day);
  open(event);
}

async function start() {
  page.calendars = await calendars();
  page.zone = page.calendars.find((calendar) => calendar.primary)?.timeZone ?? page.zone;
  byId("zone").textContent = page.zone.replace("_", " ");
  fromAddress();
  listed();
  await load();
  byId("scroll").scrollTop = 8 * HOUR - 12;
  page.addons = await attempt(() => Addons.beside("CALENDAR", document.querySelector(".body"), { place: () => ({}) }));
  document.body.dataset.ready = "true";
  await linked();
}

byId("today").addEventListener("click", () => go(today()));
byId("back").addEventListener("click", () => go(addDays(page.day, -count())));
byId("on").addEventListener("click", () => go(addDays(page.day, count())));
byId("view-day").addEventListener("click", () => go(page.day, "day"));
byId("view-week").addEventListener("click", () => go(page.day, "week"));
byId("deleted").addEventListener("change", () => attempt(load));
byId("new").addEventListener("click", () => open(blank(page.day, 540)));
byId("add-calendar").addEventListener("click", () =>
  attempt(async () => {
    const name = await asked("New calendar", "Name", "", { go: "Make it" });
    if (!name?.trim()) return;
    await addCalendar(name.trim(), page.zone);
    page.calendars = await calendars();
    listed();
    await load();
    say(`The calendar “${name.trim()}” is there.`);
  }),
);
byId("follow").addEventListener("click", () =>
  attempt(async () => {
    const name = await asked("Add a shared calendar", "Its address, such as an e-mail address", "", { go: "Add" });
    if (!name?.trim()) return;
    try {
      await follow(name.trim());
    } catch (error) {
      if (error.status === 404) throw Object.assign(new Error(`No calendar of ${name.trim()} is shared with you. Ask its owner to share it.`), { status: 404 });
      throw error;
    }
    page.calendars = await calendars();
    listed();
    await load();
  }),
);
window.addEventListener("hashchange", () => {
  fromAddress();
  attempt(load);
});
setInterval(() => {
  if (!page.busy && !document.hidden && document.body.dataset.ready) load().catch(() => {});
}, EVERY);
attempt(start);
