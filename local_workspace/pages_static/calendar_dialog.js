// One event: read, written, answered, deleted, put back. Everything the mouse can do is here for the keyboard.
import { addDays, clock, daysBetween, minutesOf, moment, timeOf, wholeDay } from "./calendar_days.js";
import { add, answer, change, mayWrite, remove, restore, when } from "./calendar_events.js";
import { el } from "./dom.js";

const ANSWERS = { needsAction: "not answered yet", accepted: "yes", declined: "no", tentative: "maybe" };

function field(id, label, input) {
  input.id = id;
  return el("div", { class: "field" }, el("label", { for: id }, label), input);
}

function input(type, value, more = {}) {
  const node = el("input", { type, ...more });
  if (type === "checkbox") node.checked = Boolean(value);
  else node.value = value ?? "";
  return node;
}

function select(choices, value) {
  const node = el("select", {}, ...choices.map(([key, label]) => el("option", { value: key }, label)));
  node.value = value;
  return node;
}

const tick = (id, label, node) => {
  node.id = id;
  return el("label", { class: "tick", for: id }, node, ` ${label}`);
};

const button = (label, run, kind = "") => el("button", { type: "button", class: kind, onclick: run }, label);

/** The guests as they are written: one address a line. */
const addresses = (text) => [...new Set(text.split(/[\s,;]+/).filter(Boolean).map((one) => one.toLowerCase()))];

function facts(event) {
  const until = moment(event.day, event.from + event.minutes);
  const time = event.allDay
    ? event.last === event.day
      ? wholeDay(event.day)
      : `${wholeDay(event.day)} to ${wholeDay(event.last)}`
    : `${wholeDay(event.day)}, ${clock(timeOf(event.from))} to ${clock(until.time)}`;
  const people = event.attendees ?? [];
  return [
    el("p", { class: "time" }, time),
    event.deleted ? el("p", { class: "warn" }, "This event is deleted.") : null,
    event.organizer && !event.organizer.self ? el("p", {}, `From ${event.organizer.displayName ?? event.organizer.email}`) : null,
    event.hangoutLink ? el("p", {}, "Video: ", el("a", { href: event.hangoutLink, target: "_blank", rel: "noopener noreferrer" }, event.hangoutLink)) : null,
    people.length
      ? el("ul", { class: "guests", "aria-label": "Guests" }, ...people.map((one) => el("li", {}, `${one.displayName ?? one.email}: ${ANSWERS[one.responseStatus]}${one.comment ? `, “${one.comment}”` : ""}`)))
      : null,
    event.attendeesOmitted ? el("p", { class: "hint" }, "Other guests are not shown.") : null,
    event.recurringEventId ? el("p", { class: "hint" }, "This event repeats. What you change here changes this one day.") : null,
  ];
}

/**
 * Shows one event until the person is done with it.
 * @param event as the page holds it; without an id it is new
 * @param page {calendars, zone, saved(words), failed}
 */
export function openEvent(event, page) {
  const fresh = !event.id;
  const writable = mayWrite(event.calendar) && !event.deleted;
  const until = moment(event.day, event.from + event.minutes);
  const title = input("text", event.summary, { autocomplete: "off" });
  const allDay = input("checkbox", event.allDay);
  const day = input("date", event.day, { required: true });
  const last = input("date", event.allDay ? event.last : until.day, { required: true });
  const from = input("time", timeOf(event.from), { required: true });
  const to = input("time", until.time, { required: true });
  const calendar = select(page.calendars.filter(mayWrite).map((one) => [one.id, one.summaryOverride ?? one.summary]), event.calendar.id);
  const where = input("text", event.location, { autocomplete: "off" });
  const about = el("textarea", { rows: 3 });
  about.value = event.description ?? "";
  const guests = el("textarea", { rows: 2, autocapitalize: "off", spellcheck: "false" });
  guests.value = (event.attendees ?? []).map((one) => one.email).join("\n");
  const free = select([["opaque", "Busy"], ["transparent", "Free"]], event.transparency ?? "opaque");
  const sight = select([["default", "As the calendar"], ["private", "Private"], ["public", "Public"]], event.visibility ?? "default");
  const video = input("checkbox", Boolean(event.conferenceData));
  const mail = input("checkbox", true);
  const told = el("p", { role: "status", class: "told" });
  const times = el("div", { class: "pair" }, field("event-from", "From", from), field("event-to", "Until", to));
  const lastField = field("event-last", "Last day", last);
  const dates = el("div", { class: "pair" }, field("event-day", "Date", day), lastField);
  const guest = Boolean(event.mine) && !event.organizer?.self;

  const shape = () => {
    times.hidden = allDay.checked;
    lastField.hidden = !allDay.checked;
  };
  allDay.addEventListener("change", () => {
    if (allDay.checked && last.value < day.value) last.value = day.value;
    shape();
  });
  // The length stays when the start moves, as people expect of a calendar.
  let length = event.minutes;
  from.addEventListener("change", () => {
    if (from.value) to.value = moment(day.value || event.day, minutesOf(from.value) + length).time;
  });
  to.addEventListener("change", () => {
    if (from.value && to.value) length = (minutesOf(to.value) - minutesOf(from.value) + 1440) % 1440;
  });
  let days = daysBetween(event.day, event.last);
  day.addEventListener("change", () => {
    if (day.value) last.value = addDays(day.value, days);
  });
  last.addEventListener("change", () => {
    if (last.value && day.value) days = Math.max(0, daysBetween(day.value, last.value));
  });
  shape();

  const body = () => {
    const ends = allDay.checked
      ? when(addDays(last.value, 1), null, page.zone)
      : when(to.value <= from.value ? addDays(day.value, 1) : day.value, to.value, page.zone);
    const out = {
      summary: title.value.trim() || null,
      start: when(day.value, allDay.checked ? null : from.value, page.zone),
      end: ends,
      location: where.value.trim() || null,
      description: about.value.trim() || null,
      transparency: free.value,
    };
    if (guest) return out;
    const known = new Map((event.attendees ?? []).map(({ self, organizer, ...one }) => [one.email, one]));
    out.attendees = addresses(guests.value).map((email) => known.get(email) ?? { email });
    out.visibility = sight.value;
    if (video.checked !== Boolean(event.conferenceData)) {
      const create = { requestId: crypto.randomUUID?.() ?? String(Date.now()), conferenceSolutionKey: { type: "hangoutsMeet" } };
      out.conferenceData = video.checked ? { createRequest: create } : null;
    }
    return out;
  };

  return new Promise((resolve) => {
    const heading = el("h2", { id: "event-title" }, fresh ? "New event" : event.title);
    const form = el("form", { method: "dialog", novalidate: true }, heading);
    const dialog = el("dialog", { class: "event-dialog", "aria-labelledby": "event-title" }, form);
    let running = false;
    const run = (action, words) => async () => {
      if (running) return;
      running = true;
      told.textContent = "";
      try {
        const result = await action();
        dialog.close();
        page.saved(words, result);
      } catch (error) {
        told.textContent =
          error.status === 412
            ? "Somebody changed this event while you looked at it, so nothing was saved. Close this window and open it again."
            : error.message;
      } finally {
        running = false;
      }
    };
    const save = async () => {
      const bad = [day, ...(allDay.checked ? [last] : [from, to])].find((one) => !one.value);
      if (bad) {
        bad.focus();
        throw new Error("Fill in the date and both times.");
      }
      const chosen = page.calendars.find((one) => one.id === calendar.value) ?? event.calendar;
      return fresh ? add(chosen, body(), mail.checked) : change(event, body(), mail.checked);
    };
    if (!fresh) form.append(...facts(event).filter(Boolean));
    if (guest && !event.deleted) {
      const choice = (said, label) =>
        el(
          "button",
          { type: "button", "aria-pressed": String(event.mine.responseStatus === said), onclick: run(() => answer(event, said, mail.checked), `You said ${label.toLowerCase()}.`) },
          label,
        );
      form.append(el("div", { class: "answers", role: "group", "aria-label": "Your answer" }, el("span", {}, "Will you come?"), choice("accepted", "Yes"), choice("tentative", "Maybe"), choice("declined", "No")));
    }
    if (writable) {
      form.append(
        field("event-summary", "Title", title),
        tick("event-allday", "All day", allDay),
        dates,
        times,
        ...(fresh ? [field("event-calendar", "Calendar", calendar)] : []),
        field("event-where", "Where", where),
        field("event-about", "Notes", about),
        ...(guest ? [] : [field("event-guests", "Guests, one address a line", guests)]),
        el("div", { class: "pair" }, field("event-free", "Show as", free), ...(guest ? [] : [field("event-sight", "Who sees it", sight)])),
        ...(guest ? [] : [tick("event-video", "Video meeting", video)]),
      );
    } else if (!event.deleted) {
      form.append(...[event.location && el("p", {}, `Where: ${event.location}`), event.description && el("p", { class: "about" }, event.description)].filter(Boolean));
    }
    const may = mayWrite(event.calendar);
    if (may && (!fresh || writable)) form.append(tick("event-mail", "Tell the guests by e-mail", mail));
    const buttons = el("div", { class: "buttons" });
    if (writable) {
      const go = el("button", { class: "main", value: "save" }, "Save");
      buttons.append(go);
      form.addEventListener("submit", (submitted) => {
        submitted.preventDefault();
        run(save, "Saved.")();
      });
    }
    if (may && event.deleted) buttons.append(button("Restore", run(() => restore(event, mail.checked), "Restored."), "main"));
    if (!fresh && writable) buttons.append(button("Delete", run(() => remove(event, mail.checked), "Deleted. Tick “Show deleted events” to bring it back."), "danger"));
    if (writable && event.recurringEventId && !guest) {
      const whole = { ...event, id: event.recurringEventId, etag: "*" };
      buttons.append(button("Delete every day of it", run(() => remove(whole, mail.checked), "Deleted, every day of it."), "danger"));
    }
    buttons.append(button("Close", () => dialog.close()));
    form.append(told, buttons);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
    document.body.append(dialog);
    dialog.showModal();
    if (writable && fresh) title.focus();
  });
}
