/** @import { AttributeValue, Item } from './types' */

/** @param {number} millis */
export function formatMillis(millis) {
  return formatDuration(millis / 1000);
}

/** @param {number} seconds */
export function formatDuration(seconds) {
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
export function formatTime(epochMillis) {
  const date = new Date(epochMillis);
  const pad = (/** @type {number} */ value, digits = 2) => String(value).padStart(digits, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

/**
 * Formats the time of day without milliseconds.
 *
 * @param {number} epochMillis
 */
export function formatSeconds(epochMillis) {
  return formatTime(epochMillis).slice(0, -'.000'.length);
}

/**
 * Formats the time between two timestamps in epoch milliseconds: `12 s`, `3 min`, `1 h 5 min`.
 *
 * @param {number} since
 * @param {number} now
 */
export function formatAge(since, now) {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** @param {number} value */
export function formatCount(value) {
  return value.toLocaleString('en');
}

/**
 * Formats a measured number with three significant digits, without an exponent: `47.7`, `0.000000444`.
 *
 * @param {number} value
 */
export function formatQuantity(value) {
  if (Math.abs(value) >= 100) return formatCount(Math.round(value));
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/**
 * Formats the number of calls per second.
 *
 * @param {number} calls
 * @param {number} seconds
 */
export function formatRate(calls, seconds) {
  const value = calls / seconds;
  return `${value >= 10 ? Math.round(value) : value.toFixed(value >= 1 ? 1 : 2)}/s`;
}

/**
 * Formats a number with a noun: `1 message`, `2 messages`.
 *
 * @param {number} number
 * @param {string} noun
 */
export function pluralize(number, noun) {
  return `${formatCount(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/**
 * Formats a price: `$1,026`, `$3.20`, `$0.0123`, `$0.0000045`.
 *
 * @param {number} price
 */
export function formatDollars(price) {
  if (price >= 100) return `$${formatCount(Math.round(price))}`;
  if (price >= 1 || price === 0) return `$${price.toFixed(2)}`;
  return `$${price.toFixed(Math.min(12, 2 - Math.floor(Math.log10(price))))}`;
}

/**
 * Hides the secret in a subprotocol such as `token.eyJhbGciOi…`: 20 or more characters after the first dot.
 *
 * @param {string} protocol
 */
export function maskCredential(protocol) {
  return protocol.replace(/^([^.]*\.).{20,}$/s, '$1…');
}

/** @param {unknown} error */
export function formatError(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {unknown} value */
export function formatJson(value) {
  return JSON.stringify(value, null, 2) ?? 'undefined';
}

/**
 * Converts an item from DynamoDB JSON to plain JSON.
 *
 * @param {Item} item
 * @returns {Record<string, unknown>}
 */
export function toPlainItem(item) {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toPlainValue(value)]));
}

/**
 * @param {AttributeValue} attribute
 * @returns {unknown}
 */
function toPlainValue(attribute) {
  const [[type, value] = []] = Object.entries(attribute);
  if (type === 'N') return Number(value);
  if (type === 'M') return toPlainItem(/** @type {Item} */ (value));
  if (type === 'L') return /** @type {AttributeValue[]} */ (value).map(toPlainValue);
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
