/** Values as people read them. */

export function duration(seconds) {
  const millis = seconds * 1000;
  if (millis < 1) return `${millis.toFixed(2)} ms`;
  if (millis < 10) return `${millis.toFixed(1)} ms`;
  if (millis < 1000) return `${Math.round(millis)} ms`;
  return `${(millis / 1000).toFixed(millis < 10_000 ? 2 : 1)} s`;
}

/** The time of day with milliseconds; `at` in epoch milliseconds. */
export function time(at) {
  const date = new Date(at);
  const pad = (value, digits = 2) => String(value).padStart(digits, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

/** How long ago, roughly. */
export function ago(at, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

export function count(value) {
  return value.toLocaleString('en');
}

/** A rate per second. */
export function rate(calls, seconds) {
  const value = calls / seconds;
  return `${value >= 10 ? Math.round(value) : value.toFixed(value >= 1 ? 1 : 2)}/s`;
}

/** `one message`, `2 messages`. */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

export function json(value) {
  return JSON.stringify(value, null, 2) ?? 'nothing';
}

/** DynamoDB's JSON as plain JSON. */
export function plain(item) {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value) {
  const [type, inner] = Object.entries(value)[0] ?? [];
  if (type === 'N') return Number(inner);
  if (type === 'M') return plain(inner);
  if (type === 'L') return inner.map(plainValue);
  if (type === 'NULL') return null;
  return inner;
}

/** The JSON object a text is, or undefined. */
export function parsed(text) {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
