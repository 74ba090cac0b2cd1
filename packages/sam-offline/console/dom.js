/** Makes elements. Whatever is shown goes through `textContent`: nothing is ever parsed as HTML. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * `h('li.row', { title, onclick }, 'text', child, …)`: an element with classes, properties or attributes, and
 * children. Children that are null, undefined or false are left out.
 */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split('.');
  return fill(document.createElement(tag || 'div'), classes, props, children);
}

/** The same for SVG. */
export function s(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split('.');
  return fill(document.createElementNS(SVG, tag), classes, props, children);
}

function fill(element, classes, props, children) {
  if (classes.length > 0) element.setAttribute('class', classes.join(' '));
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style')
      for (const [key, each] of Object.entries(value)) element.style.setProperty(key, each);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Puts new children in the place of the old ones; what had the focus has it still, if it is there again. */
export function replace(element, ...children) {
  const active = element.contains(document.activeElement) ? document.activeElement : undefined;
  const { scrollTop, scrollLeft } = element;
  element.replaceChildren();
  append(element, children);
  element.scrollTop = scrollTop;
  element.scrollLeft = scrollLeft;
  if (active && active !== element) sameAs(active, element)?.focus({ preventScroll: true });
  return element;
}

/** The element within `root` that stands for what `old` stood for. */
function sameAs(old, root) {
  const attribute = ['id', 'href', 'aria-label', 'title'].find((name) => old.hasAttribute(name));
  if (!attribute) return undefined;
  return root.querySelector(`${old.localName}[${attribute}="${CSS.escape(old.getAttribute(attribute))}"]`);
}

/** What is shown where there is nothing yet. */
export function empty(...text) {
  return h('p.empty', {}, ...text);
}

/** Names and values, each `[name, value]`; what is false or undefined in the list is left out. */
export function pairs(list) {
  return h(
    'dl',
    {},
    list
      .filter(Boolean)
      .map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd.mono', {}, String(value)))),
  );
}

/** A table; a row is a list of cells. A column whose cells speak for themselves has an empty head. */
export function table(heads, rows) {
  const head = heads.map((text) => (text ? h('th', { scope: 'col' }, text) : h('td', {})));
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, head)),
    h(
      'tbody',
      {},
      rows.map((cells) => h('tr', {}, cells)),
    ),
  );
}
