/** Pure functions that format figures. */

export const number = (value) => value.toLocaleString('en');

export const plural = (value, word, words = `${word}s`) => `${number(value)} ${value === 1 ? word : words}`;

export const percent = (part, whole) => (whole === 0 ? 0 : (100 * part) / whole);

/** A short form for large counts, such as 1.2 M. */
export function short(value) {
  if (value < 100_000) return number(value);
  if (value < 999_500) return `${Math.round(value / 1_000)} K`;
  return `${Number((value / 1_000_000).toPrecision(3))} M`;
}

export function bytes(value) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

export const milliseconds = (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toPrecision(3))} s`);

export function ago(ms) {
  return ms < 1_500 ? 'now' : `${duration(Math.round(ms / 1_000))} ago`;
}

/** A time in the reader's time zone. Only the time of day if it is today. */
export function moment(iso) {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? at.toLocaleTimeString() : at.toLocaleString();
}

export const rateText = ({ ratePerSecond }) => (ratePerSecond === undefined ? '' : `${number(ratePerSecond)}/s`);

/** The time left. Says so if politeness limits it, not the present rate. */
export function leftText({ timeLeft }) {
  if (timeLeft === undefined) return '';
  return duration(timeLeft.seconds) + (timeLeft.reason === 'politeness' ? ' (politeness)' : '');
}
