import { copyButton } from './copy.js';
import { h } from './dom.js';
import { formatJson, pluralize } from './format.js';

/** @import { Child } from './types' */

/** Objects and arrays with more lines are folded at first, except the outermost one. */
const MAX_OPEN_LINES = 12;
/** Smaller values have no copy button. */
const MIN_FOLDABLE_LINES = 3;
const INDENT = '  ';

/**
 * Creates a view of JSON or text: nested objects and arrays fold, URLs are links, and a button copies everything.
 *
 * @param {string} label
 * @param {unknown} value
 */
export function jsonView(label, value) {
  const text = () => (typeof value === 'string' ? value : formatJson(value));
  return h(
    'div.json',
    {},
    h(
      'pre',
      { tabindex: 0, 'aria-label': label },
      typeof value === 'string' ? linkify(value) : renderValue(value, '', false),
    ),
    copyButton(text, label),
  );
}

/**
 * Splits a text into strings and links to the URLs in it.
 *
 * @param {string} text
 * @returns {Child[]}
 */
export function linkify(text) {
  return text.split(/(https?:\/\/[^\s"'<>\\)]+)/).map((part, index) => {
    if (index % 2 === 0) return part;
    return h('a', { href: part, target: '_blank', rel: 'noopener noreferrer' }, part);
  });
}

/**
 * @param {unknown} value
 * @param {string} indent
 * @param {boolean} canFold
 * @returns {Child}
 */
function renderValue(value, indent, canFold) {
  if (typeof value !== 'object' || value === null) return linkify(formatJson(value));
  const isArray = Array.isArray(value);
  const entries = Object.entries(value);
  const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) return open + close;
  const inner = indent + INDENT;
  const lines = entries.map(([name, each], index) => [
    `\n${inner}`,
    !isArray && `${JSON.stringify(name)}: `,
    renderValue(each, inner, true),
    index < entries.length - 1 && ',',
  ]);
  const body = h('span', {}, lines, `\n${indent}`);
  const count = canFold ? countLines(value) : 0;
  if (count < MIN_FOLDABLE_LINES) return [open, body, close];
  return [open, foldButton(body, count, entries.length, isArray), body, close];
}

/**
 * @param {HTMLElement} body
 * @param {number} lines
 * @param {number} members
 * @param {boolean} isArray
 */
function foldButton(body, lines, members, isArray) {
  const what = pluralize(members, isArray ? 'element' : 'member');
  const button = h('button.fold', { type: 'button', title: `Fold or show ${what}`, onclick: toggle });
  function toggle() {
    body.hidden = !body.hidden;
    button.setAttribute('aria-expanded', String(!body.hidden));
    button.textContent = body.hidden ? `▸ ${what}` : '▾';
    button.setAttribute('aria-label', what);
  }
  body.hidden = lines <= MAX_OPEN_LINES;
  toggle();
  return button;
}

/** @param {unknown} value */
function countLines(value) {
  /** @type {number} */
  let lines = 1;
  if (typeof value !== 'object' || value === null) return lines;
  for (const each of Object.values(value)) lines += countLines(each);
  return lines;
}
