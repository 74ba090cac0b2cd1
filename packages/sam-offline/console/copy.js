import { h } from './dom.js';

/** How long a button confirms that its text was copied. */
const CONFIRMATION_MILLIS = 1500;

/**
 * Creates a button that copies a text to the clipboard.
 *
 * @param {string | (() => string)} text
 * @param {string} what names the text, such as `trace ID`
 * @param {string} [label]
 */
export function copyButton(text, what, label = 'Copy') {
  const button = h(
    'button.copy',
    { type: 'button', 'aria-label': `Copy ${what}`, title: `Copy ${what}`, onclick: copy },
    label,
  );

  /** @param {Event} event */
  async function copy(event) {
    // The row or the summary that contains the button must not react to the click.
    event.preventDefault();
    event.stopPropagation();
    let result = 'Copied';
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
    } catch {
      result = 'Not allowed';
    }
    show(result, result);
    setTimeout(() => {
      show(label, `Copy ${what}`);
    }, CONFIRMATION_MILLIS);
  }

  /**
   * @param {string} content
   * @param {string} name
   */
  function show(content, name) {
    button.textContent = content;
    button.setAttribute('aria-label', name);
  }
  return button;
}

/**
 * Creates an ID with a button that copies it.
 *
 * @param {string} id
 * @param {string} what such as `trace ID`
 */
export function copyableId(id, what) {
  return h('span.copyable', {}, h('span.mono.dim.id', { title: id }, id), copyButton(id, what));
}
