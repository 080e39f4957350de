// Days and times as text, "2026-12-08" and "16:20": the API is asked for wall-clock times, so nothing here knows zones.

const DAY = 86400000;
const stamp = (day) => Date.parse(`${day}T00:00:00Z`);

export const addDays = (day, count) => new Date(stamp(day) + count * DAY).toISOString().slice(0, 10);
export const daysBetween = (from, to) => Math.round((stamp(to) - stamp(from)) / DAY);
export const mondayOf = (day) => addDays(day, -((new Date(stamp(day)).getUTCDay() + 6) % 7));
export const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(stamp(text));

export function todayIn(zone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date());
}

export const minutesOf = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

export function timeOf(minutes) {
  const within = Math.max(0, Math.min(minutes, 1439));
  return `${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`;
}

/** The day and the time that lie some minutes after a day's midnight. */
export function moment(day, minutes) {
  const over = Math.floor(minutes / 1440);
  return { day: addDays(day, over), time: timeOf(minutes - over * 1440) };
}

/** "4:20pm" */
export function clock(time) {
  const hour = Number(time.slice(0, 2));
  return `${hour % 12 || 12}:${time.slice(3, 5)}${hour < 12 ? "am" : "pm"}`;
}

const words = (day, options) => new Date(stamp(day)).toLocaleDateString("en-GB", { timeZone: "UTC", ...options });

/** "Tuesday 8 December" */
export const longDay = (day) => words(day, { weekday: "long", day: "numeric", month: "long" }).replace(",", "");
export const shortDay = (day) => words(day, { weekday: "short", day: "numeric" }).replace(",", "");
export const month = (day) => words(day, { month: "long", year: "numeric" });
export const dayAndMonth = (day) => words(day, { day: "numeric", month: "long" });
export const wholeDay = (day) => words(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).replace(",", "");
