import { AsyncLocalStorage } from 'node:async_hooks';

/** The values of a context. A context inherits the values of the context in which it was created. */
type Context = Record<string, unknown>;

/**
 * Replaces `cls-hooked` in the bundles (`alias` in esbuild.json). The X-Ray SDK, which Powertools Tracer uses, stores the
 * current subsegment in `cls-hooked`. That package runs JavaScript for each promise. `AsyncLocalStorage` does not.
 *
 * Implements the part of the interface that `aws-xray-sdk-core` uses:
 * https://github.com/aws/aws-xray-sdk-node/blob/master/packages/core/lib/context_utils.js
 */
class Namespace {
  readonly #storage = new AsyncLocalStorage<Context>();
  #entered: Context | undefined;

  get active(): Context | null {
    return this.#storage.getStore() ?? this.#entered ?? null;
  }

  get(key: string): unknown {
    return this.active?.[key];
  }

  set(key: string, value: unknown): unknown {
    if (!this.active) throw new Error('No context available. ns.run() or ns.bind() must be called first.');
    this.active[key] = value;
    return value;
  }

  createContext(): Context {
    return Object.create(this.active ?? Object.prototype);
  }

  run(work: (context: Context) => void): Context {
    const context = this.createContext();
    this.#storage.run(context, work, context);
    return context;
  }

  bind<Args extends unknown[], Result>(
    work: (...args: Args) => Result,
    context = this.active ?? this.createContext(),
  ): (...args: Args) => Result {
    return (...args) => this.#storage.run(context, work, ...args);
  }

  /** Sets the context of all work outside `run`. On Lambda, the X-Ray SDK calls this method once when it is loaded. */
  enter(context: Context): void {
    this.#entered = context;
  }
}

const namespaces = new Map<string, Namespace>();

export function createNamespace(name: string): Namespace {
  const namespace = new Namespace();
  namespaces.set(name, namespace);
  return namespace;
}

export function getNamespace(name: string): Namespace | undefined {
  return namespaces.get(name);
}

export function destroyNamespace(name: string): void {
  namespaces.delete(name);
}
