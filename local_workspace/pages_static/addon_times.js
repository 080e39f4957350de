// Dates and times of cards: milliseconds as a field shows them, and back, in the zone of the account.

const MINUTE = 60_000;

const iso = (ms) => new Date(ms).toISOString();

/** How far a zone is from UTC at an instant, in milliseconds. */
function offsetAt(ms, zone) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const parts = Object.fromEntries(format.formatToParts(new Date(ms)).map((part) => [part.type, part.value]));
  const there = Date.UTC(+parts.year, +parts.month - 1, +parts.day, +parts.hour, +parts.minute, +parts.second);
  return there - Math.floor(ms / 1000) * 1000;
}

/** @param clock {zone} or {minutes}, a fixed distance from UTC */
const offset = (ms, clock) => (clock.minutes === undefined ? offsetAt(ms, clock.zone) : clock.minutes * MINUTE);

/** What a field shows for an instant: {date: "2026-11-23", time: "16:20"}. */
export function shownAt(ms, clock) {
  const text = iso(ms + offset(ms, clock));
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

/** The instant that a field means; of an hour that the clocks skip, the one after it. */
export function instantOf(date, time, clock) {
  const wall = Date.parse(`${date}T${time}:00Z`);
  const guess = wall - offset(wall, clock);
  return wall - offset(guess, clock);
}

/** A day as cards have it: midnight of UTC. */
export const dayOf = (ms) => iso(ms).slice(0, 10);
export const instantOfDay = (date) => Date.parse(`${date}T00:00:00Z`);
/** A time of day as cards have it: milliseconds since midnight of UTC. */
export const timeOfDay = (ms) => iso(ms).slice(11, 16);
