import { openDialog } from './dialog.js';
import { h, table } from './dom.js';

/** The keys of the views: the keyboard's top row, and `f` for Faults. */
const VIEW_KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '-', '=', 'f'];

/** The keys that other files handle. */
const OTHER_SHORTCUTS = /** @type {const} */ ([
  ['↑ ↓ Page Up Page Down Home End', 'Select an item of the focused list or waterfall'],
  ['← →', 'Collapse or expand a span of the focused waterfall'],
  ['e', 'Select the first error of the shown trace'],
  ['Enter', 'Look up the key in the filter of a table'],
  ['Ctrl+Enter', 'Send the frame of the WebSocket client'],
  ['Escape', 'Close a dialog'],
]);

/**
 * Handles the shortcuts that work in every view, except in form fields and dialogs.
 *
 * @param {{ openView: (index: number) => void, togglePause: () => void, showHelp: () => void }} actions
 */
export function listenToShortcuts({ openView, togglePause, showHelp }) {
  addEventListener('keydown', (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return;
    if (target instanceof Element && target.matches('input, select, textarea')) return;
    if (VIEW_KEYS.includes(key)) openView(VIEW_KEYS.indexOf(key));
    else if (key === 'p') togglePause();
    else if (key === '?') showHelp();
    else if (key === 'e') click('.first-error');
    else if (key === '/') {
      // Firefox would open its search.
      event.preventDefault();
      /** @type {HTMLElement | null} */ (document.querySelector('main input[type="search"]'))?.focus();
    }
  });
}

/**
 * Lists all shortcuts in a dialog.
 *
 * @param {readonly string[]} views
 */
export function showShortcuts(views) {
  const rows = [
    ...views.map((title, index) => [VIEW_KEYS[index], title]),
    ['/', 'Go to the filter'],
    ['p', 'Pause or continue the live view'],
    ...OTHER_SHORTCUTS,
    ['?', 'Show this list'],
  ];
  openDialog(
    'Keyboard shortcuts',
    table(
      ['Key', 'Action'],
      rows.map(([key = '', action = '']) => [h('td.mono', {}, key), h('td', {}, action)]),
    ),
  );
}

/** @param {string} selector */
function click(selector) {
  /** @type {HTMLElement | null} */ (document.querySelector(selector))?.click();
}
