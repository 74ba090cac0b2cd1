/** @import { AttributeValue, Item } from './types' */

/** @param {number} seconds */
export function duration(seconds) {
  const millis = seconds * 1000;
  if (millis < 1) return `${millis.toFixed(2)} ms`;
  if (millis < 10) return `${millis.toFixed(1)} ms`;
  if (millis < 1000) return `${Math.round(millis)} ms`;
  return `${(millis / 1000).toFixed(millis < 10_000 ? 2 : 1)} s`;
}

/**
 * Formats the time of day with milliseconds.
 *
 * @param {number} epochMillis
 */
export function time(epochMillis) {
  const date = new Date(epochMillis);
  const pad = (/** @type {number} */ value, digits = 2) => String(value).padStart(digits, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

/**
 * Formats the time between two timestamps in epoch milliseconds: `12 s`, `3 min`, `1 h 5 min`.
 *
 * @param {number} since
 * @param {number} now
 */
export function age(since, now) {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** @param {number} value */
export function count(value) {
  return value.toLocaleString('en');
}

/**
 * Formats the number of calls per second.
 *
 * @param {number} calls
 * @param {number} seconds
 */
export function rate(calls, seconds) {
  const value = calls / seconds;
  return `${value >= 10 ? Math.round(value) : value.toFixed(value >= 1 ? 1 : 2)}/s`;
}

/**
 * Formats a number with a noun: `1 message`, `2 messages`.
 *
 * @param {number} number
 * @param {string} noun
 */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** @param {unknown} value */
export function json(value) {
  return JSON.stringify(value, null, 2) ?? 'undefined';
}

/**
 * Converts an item from DynamoDB JSON to plain JSON.
 *
 * @param {Item} item
 * @returns {Record<string, unknown>}
 */
export function plainItem(item) {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

/**
 * @param {AttributeValue} attribute
 * @returns {unknown}
 */
function plainValue(attribute) {
  const [[type, value] = []] = Object.entries(attribute);
  if (type === 'N') return Number(value);
  if (type === 'M') return plainItem(/** @type {Item} */ (value));
  if (type === 'L') return /** @type {AttributeValue[]} */ (value).map(plainValue);
  if (type === 'NULL') return null;
  return value;
}

/**
 * Parses a JSON object. Returns undefined for any other text.
 *
 * @param {string} text
 * @returns {Record<string, unknown> | undefined}
 */
export function parseObject(text) {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
