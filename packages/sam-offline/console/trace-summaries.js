import { FAILURES } from './outcomes.js';
import { formatAnnotations } from './trace-row.js';

/** @import { Page, Responses, TraceSummary } from './types' */

/** The summaries of the traces that the runtime keeps. */
export class TraceSummaries {
  #page;
  /** @type {Map<string, TraceSummary>} */
  #summaries = new Map();
  /** @type {Map<string, { version: number, text: string }>} */
  #searchTexts = new Map();
  /** The number of traces that the runtime keeps. */
  keptCount = 0;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  /** @param {string} id */
  find(id) {
    return this.#summaries.get(id);
  }

  /** @param {Responses['traces']} response */
  add({ traces, kept }) {
    for (const trace of traces) this.#summaries.set(trace.id, trace);
    this.keptCount = kept;
  }

  /** Returns the traces, newest first, without traces that the runtime has deleted. */
  list() {
    const all = [...this.#summaries.values()].sort((a, b) => b.start - a.start);
    // The runtime has deleted the oldest traces.
    for (const { id } of all.splice(Math.max(this.keptCount, 1))) {
      this.#summaries.delete(id);
      this.#searchTexts.delete(id);
    }
    return all;
  }

  /** @param {TraceSummary} trace */
  searchTextOf(trace) {
    const { id, version, name, annotations } = trace;
    const cached = this.#searchTexts.get(id);
    if (cached?.version === version) return cached.text;
    const outcomes = [...FAILURES, /** @type {const} */ ('expected')].filter((each) => trace[each]);
    const text = [id, this.#page.names.of(name), ...outcomes, ...formatAnnotations(annotations)].join(' ');
    this.#searchTexts.set(id, { version, text });
    return text;
  }
}
