import { findMatch, h } from './dom.js';
import { formatError } from './format.js';

/** @import { Child } from './types' */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [value]
 * @property {number} [rows] makes the field a text area
 * @property {readonly [value: string, label: string][]} [options] makes the field a selection
 */

/**
 * Opens a modal dialog. Escape closes it. The browser then returns the focus to the element that had it, unless the page was
 * drawn again in the meantime: then the matching new element gets the focus.
 *
 * @param {string} title
 * @param {Child[]} content
 */
export function openDialog(title, ...content) {
  const opener = document.activeElement;
  /** @type {HTMLDialogElement} */
  const dialog = h(
    'dialog',
    { 'aria-label': title },
    h(
      'div.dialog-head',
      {},
      h('h2', {}, title),
      h('button.plain', { type: 'button', onclick: () => dialog.close() }, 'Close'),
    ),
    ...content,
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (opener && !opener.isConnected) findMatch(opener, document.body)?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Opens a dialog with a form, and focuses its first field. If `submit` throws an error, shows its message. Otherwise, closes
 * the dialog.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {Child} [options.content] shown above the fields
 * @param {readonly Field[]} options.fields
 * @param {string} options.action
 * @param {(values: Record<string, string>) => Promise<void>} options.submit
 */
export function openEditor({ title, content, fields, action, submit }) {
  const problem = h('p.bad', { role: 'alert' });
  const controls = fields.map((field) => ({ ...field, element: createControl(field) }));
  const submitButton = h('button.plain', { type: 'submit' }, action);
  const dialog = openDialog(
    title,
    content,
    h(
      'form',
      { onsubmit: onSubmit },
      controls.map(({ name, label, element }) => h('label', { for: `field-${name}` }, label, element)),
      problem,
      submitButton,
    ),
  );
  controls[0]?.element.focus();

  /** @param {Event} event */
  async function onSubmit(event) {
    event.preventDefault();
    submitButton.disabled = true;
    problem.textContent = '';
    try {
      await submit(Object.fromEntries(controls.map(({ name, element }) => [name, element.value])));
      dialog.close();
    } catch (error) {
      problem.textContent = formatError(error);
    } finally {
      submitButton.disabled = false;
    }
  }
}

/** @param {Field} field */
function createControl({ name, value = '', rows, options }) {
  const id = `field-${name}`;
  if (options) {
    const select = h(
      'select',
      { id },
      options.map(([each, label]) => h('option', { value: each }, label)),
    );
    select.value = value;
    return select;
  }
  const input = rows
    ? h('textarea', { id, rows, spellcheck: 'false' })
    : h('input', { id, type: 'text', autocomplete: 'off' });
  input.value = value;
  return input;
}

/**
 * Parses JSON that the user wrote.
 *
 * @param {string} text
 * @param {string} what
 * @throws Error with the position of the syntax error
 */
export function parseJson(text, what) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} is not valid JSON: ${formatError(error)}`);
  }
}
