import { copyableId } from './copy.js';
import { empty, h, replace } from './dom.js';
import { formatDuration, formatTime, pluralize } from './format.js';
import { stepOfKey } from './list-keys.js';
import { kindOf } from './service-kind.js';
import { showSpan } from './span-details.js';
import { findDeepestError, orderSpans } from './span-rows.js';
import { secondsOf, subtitleOf, titleOf } from './span-text.js';

/** @import { SpanRow } from './span-rows.js' */
/** @import { Page, Trace } from './types' */

/** In these windows, the details are below the waterfall. Also in waterfall.css. */
const NARROW_WINDOW = matchMedia('(max-width: 36rem)');

/**
 * Draws a trace as a waterfall: the tree of all spans on one time scale.
 *
 * @param {HTMLElement} root
 * @param {Trace} trace
 * @param {Page} page
 */
export function drawWaterfall(root, trace, page) {
  const spans = orderSpans(trace.segments);
  if (spans.length === 0) {
    replace(root, empty('This trace has no segments.'));
    return;
  }
  const waterfall = new Waterfall(root, trace, spans, page);
  const linkedId = page.query().get('span');
  const linkedIndex = spans.findIndex(({ span }) => span.id === linkedId);
  if (linkedIndex >= 0 && root.dataset.span !== linkedId) waterfall.reveal(linkedIndex);
  else waterfall.show(Math.max(0, linkedIndex));
}

/** The rows of a trace, one of which is selected. The root element keeps the selection when the trace is drawn again. */
class Waterfall {
  #root;
  #outcomes;
  #spans;
  #page;
  #start;
  #length;
  #details = h('div.details');
  /** The IDs of collapsed spans. */
  #collapsed;
  #rows;
  #body;

  /**
   * @param {HTMLElement} root
   * @param {Trace} trace
   * @param {readonly SpanRow[]} spans
   * @param {Page} page
   */
  constructor(root, { id, outcomes }, spans, page) {
    this.#root = root;
    this.#outcomes = outcomes;
    this.#spans = spans;
    this.#page = page;
    this.#start = Math.min(...spans.map(({ from }) => from));
    this.#length = Math.max(Math.max(...spans.map(({ to }) => to)) - this.#start, 1e-6);
    if (root.dataset.trace !== id) root.dataset.collapsed = '';
    root.dataset.trace = id;
    this.#collapsed = new Set((root.dataset.collapsed ?? '').split(' '));
    this.#rows = spans.map((row, index) => this.#createRow(row, index));
    this.#body = h(
      'div.waterfall',
      { role: 'listbox', tabindex: 0, 'aria-label': 'Spans', onkeydown: (event) => this.#onKeyDown(event) },
      this.#rows,
    );
    replace(root, this.#createBar(id), createScale(this.#length), this.#body, this.#details);
    this.#hideCollapsed();
  }

  /**
   * Scrolls to a span and shows it, even if it is below collapsed spans.
   *
   * @param {number} shownIndex
   */
  reveal(shownIndex) {
    for (const [index, { end, span }] of this.#spans.entries()) {
      if (index < shownIndex && shownIndex < end) this.#collapsed.delete(span.id);
    }
    this.#hideCollapsed();
    this.show(shownIndex);
    this.#rows[shownIndex]?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {number} selectedIndex */
  show(selectedIndex) {
    const span = this.#spans[selectedIndex]?.span;
    if (!span) return;
    this.#root.dataset.span = span.id;
    for (const [index, row] of this.#rows.entries())
      row.setAttribute('aria-selected', String(index === selectedIndex));
    this.#body.setAttribute('aria-activedescendant', `span-${selectedIndex}`);
    const trace = { spans: this.#spans, outcomes: this.#outcomes, start: this.#start };
    showSpan(this.#details, trace, selectedIndex, this.#page);
  }

  /** @param {string} id */
  #createBar(id) {
    const deepestError = findDeepestError(this.#spans, this.#outcomes);
    const showFirstError = () => {
      this.#select(deepestError);
      this.#body.focus();
    };
    return h(
      'div.bar',
      {},
      h('a.back', { href: '#/traces' }, 'All traces'),
      h('h2', {}, this.#page.names.of(this.#spans[0]?.span.name)),
      h(
        'span.dim',
        {},
        `${formatDuration(this.#length)} · ${pluralize(this.#spans.length, 'span')} · ${formatTime(this.#start * 1000)}`,
      ),
      deepestError >= 0 &&
        h('button.plain.first-error', { type: 'button', onclick: showFirstError }, 'First error'),
      copyableId(id, 'trace ID'),
    );
  }

  /**
   * @param {SpanRow} row
   * @param {number} index
   */
  #createRow({ span, depth, from, to, end }, index) {
    const outcome = this.#outcomes[span.id];
    const toPosition = (/** @type {number} */ time) => (time - this.#start) / this.#length;
    return h(
      `div.span.${kindOf(span)}${outcome ? `.${outcome}` : ''}`,
      { role: 'option', id: `span-${index}`, onclick: () => this.#onClick(index) },
      h(
        'span.label',
        { style: { '--depth': Math.min(depth, 20) } },
        end > index + 1 ? this.#createToggle(index) : h('span.twist'),
        h('span.chip', { 'aria-hidden': 'true' }),
        h('span.name', {}, titleOf(span, this.#page)),
        h('span.sub', {}, subtitleOf(span, this.#page)),
        outcome && h(`span.state.${outcome}`, {}, outcome),
      ),
      h(
        'span.track',
        { style: { '--from': toPosition(from), '--to': toPosition(to) } },
        h('span.fill', { 'aria-hidden': 'true' }),
        h('span.num', {}, formatDuration(secondsOf(span))),
      ),
    );
  }

  /**
   * Creates the control that collapses a span. The control is not a button, because an option must not contain a button. The
   * arrow keys also collapse spans.
   *
   * @param {number} index
   */
  #createToggle(index) {
    return h('span.twist.toggle', {
      'aria-hidden': 'true',
      onclick: (event) => {
        event.stopPropagation();
        this.#toggle(index);
      },
    });
  }

  /**
   * @param {number} index
   * @param {boolean} [isCollapsed]
   */
  #toggle(index, isCollapsed) {
    const row = this.#spans[index];
    if (!row || row.end === index + 1) return;
    const { id: spanId } = row.span;
    if (isCollapsed ?? !this.#collapsed.has(spanId)) this.#collapsed.add(spanId);
    else this.#collapsed.delete(spanId);
    this.#hideCollapsed();
  }

  /** Hides the spans below collapsed ones. */
  #hideCollapsed() {
    this.#root.dataset.collapsed = [...this.#collapsed].join(' ');
    let hiddenUntil = 0;
    for (const [index, { span, end }] of this.#spans.entries()) {
      const row = this.#rows[index];
      if (!row) continue;
      row.hidden = index < hiddenUntil;
      const isCollapsed = this.#collapsed.has(span.id);
      row.classList.toggle('collapsed', isCollapsed);
      if (isCollapsed && !row.hidden) hiddenUntil = end;
    }
  }

  /** @param {number} index */
  #onClick(index) {
    this.#select(index);
    if (NARROW_WINDOW.matches) this.#details.scrollIntoView({ block: 'nearest' });
  }

  /**
   * Shows a span that the user selects, and puts it in the address.
   *
   * @param {number} index
   */
  #select(index) {
    const span = this.#spans[index]?.span;
    if (!span) return;
    this.#page.setQuery({ span: span.id });
    this.reveal(index);
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    const rows = this.#rows;
    const selected = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault();
      this.#toggle(selected, event.key === 'ArrowLeft');
      return;
    }
    const step = stepOfKey(event.key, this.#body, rows[0]?.offsetHeight ?? this.#body.clientHeight);
    if (step === undefined) return;
    const visible = rows.flatMap((row, index) => (row.hidden ? [] : index));
    // A selected span below a collapsed one is hidden.
    const current = visible.findLastIndex((index) => index <= selected);
    const target = visible[Math.min(visible.length - 1, Math.max(0, current + step))] ?? 0;
    event.preventDefault();
    this.#select(target);
  }
}

/** @param {number} length in seconds */
function createScale(length) {
  return h(
    'div.scale',
    { 'aria-hidden': 'true' },
    h('span.label'),
    h(
      'span.track',
      {},
      [0, 0.25, 0.5, 0.75].map((at) => h('span', { style: { '--at': at } }, formatDuration(length * at))),
    ),
  );
}
