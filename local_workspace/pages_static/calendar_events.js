// The calendars and events of the account, by the same API that programs use.
import * as api from "./api.js";
import { addDays, daysBetween, minutesOf } from "./calendar_days.js";

const BASE = "/calendar/v3";
const eventsOf = (calendar) => `${BASE}/calendars/${encodeURIComponent(calendar)}/events`;
const eventPath = (event) => `${eventsOf(event.calendar.id)}/${encodeURIComponent(event.id)}`;
const WRITERS = ["writer", "owner", "writerWithoutPrivateAccess"];

export const mayWrite = (calendar) => WRITERS.includes(calendar.accessRole);

export async function calendars() {
  const { items } = await api.get(`${BASE}/users/me/calendarList`);
  return items.sort((a, b) => Number(b.primary ?? false) - Number(a.primary ?? false));
}

const side = (value) => (value.date ? { day: value.date, minutes: 0 } : { day: value.dateTime.slice(0, 10), minutes: minutesOf(value.dateTime.slice(11, 16)) });

/** An event with the days and minutes at which it stands on the page. */
function placed(item, calendar) {
  const start = side(item.start);
  const end = side(item.end);
  const minutes = daysBetween(start.day, end.day) * 1440 + end.minutes - start.minutes;
  return {
    ...item,
    calendar,
    allDay: Boolean(item.start.date),
    day: start.day,
    from: start.minutes,
    minutes,
    last: item.start.date || (end.minutes === 0 && minutes > 0) ? addDays(end.day, -1) : end.day,
    deleted: item.status === "cancelled",
    free: item.transparency === "transparent",
    mine: item.attendees?.find((one) => one.self),
    title: item.summary ?? (mayWrite(calendar) ? "(No title)" : "Busy"),
  };
}

/** What stands on some days in the shown calendars. */
export async function between(shown, first, count, zone, deleted) {
  const query = {
    singleEvents: "true",
    showDeleted: String(deleted),
    maxResults: "2500",
    timeZone: zone,
    // A day more on either side: a zone's midnight is not UTC's.
    timeMin: `${addDays(first, -1)}T00:00:00Z`,
    timeMax: `${addDays(first, count + 1)}T00:00:00Z`,
  };
  const lists = await Promise.all(
    shown.map(async (calendar) => {
      const { items } = await api.get(eventsOf(calendar.id), query);
      return items.filter((item) => item.start).map((item) => placed(item, calendar));
    }),
  );
  const end = addDays(first, count - 1);
  return lists.flat().filter((event) => event.day <= end && event.last >= first);
}

export async function one(calendar, id, zone) {
  return placed(await api.get(`${eventsOf(calendar.id)}/${encodeURIComponent(id)}`, { timeZone: zone }), calendar);
}

const tell = (told) => ({ sendUpdates: told ? "all" : "none", conferenceDataVersion: "1" });

export const add = (calendar, body, told) => api.post(eventsOf(calendar.id), body, tell(told));
export const change = (event, body, told) => api.patch(eventPath(event), body, tell(told), { "If-Match": event.etag });
export const remove = (event, told) =>
  api.remove(`${eventPath(event)}?sendUpdates=${told ? "all" : "none"}`, { "If-Match": event.etag });
export const restore = (event, told) => change(event, { status: "confirmed" }, told);

export function answer(event, said, told) {
  const attendees = event.attendees.map(({ self, organizer, ...one }) => (self ? { ...one, responseStatus: said } : one));
  return change(event, { attendees }, told);
}

/** A start or an end as the API takes it; the other kind is cleared, for a patch merges. */
export function when(day, time, zone) {
  if (time === null) return { date: day, dateTime: null, timeZone: null };
  return { dateTime: `${day}T${time}:00`, timeZone: zone, date: null };
}

export const addCalendar = (summary, timeZone) => api.post(`${BASE}/calendars`, { summary, timeZone });
export const follow = (id) => api.post(`${BASE}/users/me/calendarList`, { id });
export const choose = (calendar, selected) => api.patch(`${BASE}/users/me/calendarList/${encodeURIComponent(calendar.id)}`, { selected });
