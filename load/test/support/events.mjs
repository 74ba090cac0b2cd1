/** Records the metrics that a scenario emits: the sum of each counter, and the number of values in each histogram. */
export class RecordedEvents {
  /** @type {Map<string, number>} */
  #counters = new Map();
  /** @type {Map<string, number>} */
  #histograms = new Map();

  /**
   * @param {'counter' | 'histogram'} kind
   * @param {string} name
   * @param {number} value
   */
  emit(kind, name, value) {
    if (kind === 'counter') this.#counters.set(name, this.counter(name) + value);
    else this.#histograms.set(name, this.histogram(name) + 1);
  }

  /** @param {string} name */
  counter(name) {
    return this.#counters.get(name) ?? 0;
  }

  /** @param {string} name */
  histogram(name) {
    return this.#histograms.get(name) ?? 0;
  }

  /**
   * Whether the counter was emitted. Artillery's `ensure` evaluates only emitted counters.
   *
   * @param {string} name
   */
  has(name) {
    return this.#counters.has(name);
  }
}
