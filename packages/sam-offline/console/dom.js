/** @import { Child, ElementOf, Props } from './types' */

// All content is inserted as text nodes. Nothing is parsed as HTML, because the data contains user input.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Creates an HTML element: `h('li.row', { title, onclick }, 'text', child, …)`.
 *
 * @template {string} Spec
 * @param {Spec} spec the tag and its classes
 * @param {Props} [props] attributes, styles, and event listeners
 * @param {Child[]} children
 * @returns {ElementOf<Spec>}
 */
export function h(spec, props = {}, ...children) {
  const [tag = 'div', ...classes] = spec.split('.');
  const element = document.createElement(tag);
  fill(element, classes, props, children);
  return /** @type {ElementOf<Spec>} */ (element);
}

/**
 * Creates an SVG element.
 *
 * @param {string} spec
 * @param {Props} [props]
 * @param {Child[]} children
 */
export function s(spec, props = {}, ...children) {
  const [tag = 'g', ...classes] = spec.split('.');
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  fill(element, classes, props, children);
  return element;
}

/**
 * @param {HTMLElement | SVGElement} element
 * @param {string[]} classes
 * @param {Props} props
 * @param {Child[]} children
 */
function fill(element, classes, props, children) {
  if (classes.length > 0) element.setAttribute('class', classes.join(' '));
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') {
      element.addEventListener(name.slice('on'.length), /** @type {EventListener} */ (value));
    } else if (typeof value === 'object') {
      for (const [property, each] of Object.entries(value)) element.style.setProperty(property, String(each));
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
}

/**
 * @param {Element} element
 * @param {readonly Child[]} children
 */
function append(element, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false) continue;
    if (typeof child === 'string' || typeof child === 'number') element.append(String(child));
    else if (child instanceof Node) element.append(child);
    else append(element, child);
  }
}

/** The attributes that identify an element, the most specific one first. */
const IDENTIFYING = ['id', 'href', 'aria-label', 'title'];

/**
 * Replaces an element's children. Keeps the scroll position. Moves the focus to the matching new child, or to the closest
 * element that can have the focus, so that the Tab key does not start at the top of the page.
 *
 * @param {HTMLElement} element
 * @param {Child[]} children
 */
export function replace(element, ...children) {
  const { activeElement } = document;
  const focused =
    activeElement && activeElement !== element && element.contains(activeElement) ? activeElement : undefined;
  const { scrollTop, scrollLeft } = element;
  element.replaceChildren();
  append(element, children);
  element.scrollTop = scrollTop;
  element.scrollLeft = scrollLeft;
  if (!focused) return;
  const next = findMatch(focused, element) ?? element.closest('[tabindex]');
  /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
}

/**
 * Finds the element with the same tag and the same identifying attribute. If there is no such attribute, or several elements
 * match, compares the text.
 *
 * @param {Element} old
 * @param {Element} root
 * @returns {HTMLElement | undefined}
 */
export function findMatch(old, root) {
  const attribute = IDENTIFYING.find((name) => old.hasAttribute(name));
  const hasSameText = (/** @type {Element} */ { textContent }) => textContent === old.textContent;
  const matches = [...root.querySelectorAll(old.localName)].filter((each) =>
    attribute ? each.getAttribute(attribute) === old.getAttribute(attribute) : hasSameText(each),
  );
  return /** @type {HTMLElement | undefined} */ (matches.find(hasSameText) ?? matches[0]);
}

/**
 * Marks the element with an ID, and scrolls to it. Returns whether it exists.
 *
 * @param {HTMLElement} root
 * @param {string} id
 */
export function markElement(root, id) {
  for (const marked of root.querySelectorAll('.marked')) marked.classList.remove('marked');
  const element = root.querySelector(`#${CSS.escape(id)}`);
  element?.classList.add('marked');
  element?.scrollIntoView({ block: 'nearest' });
  return element !== null;
}

/**
 * Creates the placeholder for missing content.
 *
 * @param {Child[]} content
 */
export function empty(...content) {
  return h('p.empty', {}, ...content);
}

/**
 * Creates a table from cells. An empty heading creates a column without a header cell, such as for buttons.
 *
 * @param {readonly string[]} headings
 * @param {readonly (readonly HTMLElement[])[]} rows
 */
export function table(headings, rows) {
  const header = headings.map((text) => (text ? h('th', { scope: 'col' }, text) : h('td')));
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, header)),
    h(
      'tbody',
      {},
      rows.map((cells) => h('tr', {}, cells)),
    ),
  );
}
