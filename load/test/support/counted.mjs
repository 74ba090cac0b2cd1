/** What a scenario told artillery: counters are summed up, of histograms the number of values is kept. */
export class Counted {
  #counters = new Map();
  #histograms = new Map();

  emit(kind, name, value) {
    if (kind === 'counter') this.#counters.set(name, this.counter(name) + value);
    else this.#histograms.set(name, this.histogram(name) + 1);
  }

  counter(name) {
    return this.#counters.get(name) ?? 0;
  }

  histogram(name) {
    return this.#histograms.get(name) ?? 0;
  }

  /** Whether it was told at all: artillery's expectations are about what was. */
  has(name) {
    return this.#counters.has(name);
  }
}
