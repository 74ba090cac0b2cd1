import * as nodeCrypto from 'node:crypto';
import * as nodeFs from 'node:fs';
import type { VirtualTime } from '../../../testbed/virtual-time';

/** The sources of time and randomness. Only these can differ between two runs of the same code. */
export interface Sources {
  readonly time: VirtualTime;
  readonly random: () => number;
}

/**
 * Replaces the Node.js globals and modules that read a clock, start timers or return random values. Code that is evaluated with
 * the replacements depends only on the sources.
 */
export class Realm {
  /** Timers of a realm that has ended do not fire. */
  hasEnded = false;
  private isPaused = false;
  private readonly overdue: (() => void)[] = [];
  readonly globals: Readonly<Record<string, unknown>>;
  private readonly modules: Readonly<Record<string, unknown>>;

  /**
   * @param readSources called for each use, so that code can be evaluated once and used in many runs.
   * @param skewMs the difference of this realm's clock from the virtual time.
   */
  constructor(
    private readonly readSources: () => Sources,
    env: Readonly<Record<string, string>> = {},
    private readonly skewMs = 0,
  ) {
    const timers = this.createTimers();
    const crypto = this.createCrypto();
    const process = Object.create(globalThis.process, {
      env: { value: { ...env } },
      emitWarning: { value: () => undefined },
    });
    const globals: Record<string, unknown> = {
      ...{ Date: createDate(this.now), Math: this.createMath(), ...timers, crypto: crypto.webcrypto },
      ...{ console: SILENT, process, performance: { now: this.now } },
    };
    const global = Object.create(globalThis, Object.getOwnPropertyDescriptors(globals));
    this.globals = { ...globals, globalThis: global, global, self: global };
    this.modules = {
      crypto,
      timers,
      process,
      'timers/promises': this.createTimerPromises(),
      console: { Console: SilentConsole },
      fs: { ...nodeFs, promises: FILES },
      'fs/promises': FILES,
      perf_hooks: { performance: globals.performance },
    };
  }

  readonly now = (): number => this.readSources().time.now() + this.skewMs;

  /** Returns a Node.js module or its replacement. */
  readonly require = (name: string): unknown => {
    const plain = name.replace(/^node:/, '');
    return this.modules[plain] ?? require(name);
  };

  /** Stops the timers, as on a sleeping device. */
  pause(): void {
    this.isPaused = true;
  }

  /** Runs the timers that became due during the pause. */
  resume(): void {
    this.isPaused = false;
    for (const fire of this.overdue.splice(0)) fire();
  }

  private startTimer(ms: number, callback: () => void): () => void {
    let isCancelled = false;
    const fire = () => {
      if (this.hasEnded || isCancelled) return;
      if (this.isPaused) this.overdue.push(fire);
      else callback();
    };
    const cancel = this.readSources().time.startTimer(ms, fire);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  private createTimers() {
    const setTimeout = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      new Handle(this.startTimer(ms, () => callback(...args)));
    const clearTimeout = (handle?: Handle) => handle?.cancel();
    const setInterval = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const repeat = () => {
        handle.cancel = this.startTimer(ms, repeat);
        callback(...args);
      };
      const handle = new Handle(this.startTimer(ms, repeat));
      return handle;
    };
    return {
      ...{ setTimeout, setInterval, clearTimeout, clearInterval: clearTimeout },
      setImmediate: (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
        setTimeout(callback, 0, ...args),
      clearImmediate: clearTimeout,
    };
  }

  private createTimerPromises() {
    const wait = (ms = 0, value?: unknown) =>
      new Promise((resolve) => this.startTimer(ms, () => resolve(value)));
    return { setTimeout: wait, setImmediate: (value?: unknown) => wait(0, value) };
  }

  private createMath(): Math {
    const math = Object.defineProperties({}, Object.getOwnPropertyDescriptors(Math)) as Math;
    math.random = () => this.readSources().random();
    return math;
  }

  private createCrypto() {
    const fill = <Bytes extends Uint8Array>(bytes: Bytes): Bytes => {
      for (let index = 0; index < bytes.length; index += 1)
        bytes[index] = Math.floor(this.readSources().random() * 256);
      return bytes;
    };
    const randomBytes = (size: number) => fill(Buffer.alloc(size));
    const randomUUID = () =>
      randomBytes(16)
        .toString('hex')
        .replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12})/, '$1-$2-4$3-8$4-$5');
    const randomInt = (min: number, max?: number) => {
      const [from, to] = max === undefined ? [0, min] : [min, max];
      return from + Math.floor(this.readSources().random() * (to - from));
    };
    const webcrypto = { getRandomValues: fill, randomUUID };
    return { ...nodeCrypto, randomBytes, randomUUID, randomInt, randomFillSync: fill, webcrypto };
  }
}

/** The object that `setTimeout` returns. */
class Handle {
  constructor(public cancel: () => void) {}
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  hasRef() {
    return true;
  }
}

class SilentConsole {
  log() {}
  debug() {}
  info() {}
  warn() {}
  error() {}
}

/**
 * Replaces file reads, because the SDK looks for configuration files on the machine and the duration of disk reads is not
 * deterministic.
 */
const FILES = {
  ...nodeFs.promises,
  readFile: () => Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' })),
};

const SILENT = new SilentConsole();

function createDate(now: () => number): DateConstructor {
  class VirtualDate extends Date {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(now());
      else super(...args);
    }
    static override now() {
      return now();
    }
    /** Also accepts dates from other realms. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return Object.prototype.toString.call(value) === '[object Date]';
    }
  }
  return VirtualDate as unknown as DateConstructor;
}
