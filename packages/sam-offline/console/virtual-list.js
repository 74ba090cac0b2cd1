import { h } from './dom.js';

/** Rows made beyond what is visible, so that fast scrolling shows no gaps. */
const MARGIN = 8;

/**
 * A list of which only the visible rows exist: 10,000 cost no more than 30. A listbox to keyboards and readers: arrows,
 * Page Up and Down, Home and End move the choice.
 */
export class VirtualList {
  constructor({ label, id, rowHeight, key, render, choose }) {
    Object.assign(this, { id, rowHeight, key, render, choose });
    this.items = [];
    this.rows = new Map();
    this.spacer = h('div.spacer', { role: 'presentation' });
    this.element = h(
      'div.virtual',
      { id, role: 'listbox', tabindex: 0, 'aria-label': label, onkeydown: (event) => this.onKey(event) },
      this.spacer,
    );
    this.element.addEventListener('scroll', () => this.draw(), { passive: true });
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  /** New items; what is in view stays in view unless the list stands at its top. */
  set(items) {
    const top = this.element.scrollTop;
    const anchor = top > 0 ? this.items[Math.floor(top / this.rowHeight)] : undefined;
    this.items = items;
    this.spacer.style.height = `${items.length * this.rowHeight}px`;
    if (anchor) {
      const index = items.findIndex((item) => this.key(item) === this.key(anchor));
      if (index >= 0) this.element.scrollTop = index * this.rowHeight + (top % this.rowHeight);
    }
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.draw();
  }

  /** Marks a row as chosen; with `reveal`, scrolls to it. */
  select(key, reveal = false) {
    this.selected = key;
    const index = this.items.findIndex((item) => this.key(item) === key);
    if (reveal && index >= 0) {
      const { scrollTop, clientHeight } = this.element;
      const at = index * this.rowHeight;
      if (at < scrollTop) this.element.scrollTop = at;
      if (at + this.rowHeight > scrollTop + clientHeight)
        this.element.scrollTop = at + this.rowHeight - clientHeight;
    }
    this.draw();
  }

  close() {
    this.observer.disconnect();
  }

  draw() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - MARGIN);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + MARGIN);
    const wanted = new Set();
    for (let index = first; index < last; index += 1) {
      const item = this.items[index];
      const key = this.key(item);
      wanted.add(key);
      const row = this.rows.get(key) ?? this.make(key, item);
      row.style.transform = `translateY(${index * this.rowHeight}px)`;
      row.setAttribute('aria-posinset', index + 1);
      row.setAttribute('aria-setsize', this.items.length);
      row.setAttribute('aria-selected', key === this.selected);
    }
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    const active = this.rows.get(this.selected);
    if (active) this.element.setAttribute('aria-activedescendant', active.id);
    else this.element.removeAttribute('aria-activedescendant');
  }

  make(key, item) {
    const row = h(
      'div.row',
      {
        id: `${this.id}-${String(key).replaceAll(/[^\w-]/g, '_')}`,
        role: 'option',
        onclick: () => this.pick(key),
      },
      ...this.render(item),
    );
    this.rows.set(key, row);
    this.spacer.append(row);
    return row;
  }

  pick(key) {
    this.select(key, true);
    this.choose(key);
  }

  onKey(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
    const moves = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const move = moves[event.key];
    if (move === undefined || this.items.length === 0) return;
    event.preventDefault();
    const at = this.items.findIndex((item) => this.key(item) === this.selected);
    const start = at < 0 ? (move > 0 ? -1 : 0) : at;
    const index = Math.min(this.items.length - 1, Math.max(0, start + move));
    this.pick(this.key(this.items[index]));
  }
}
