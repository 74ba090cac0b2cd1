/** @import { Action, Push, Replies, ServerFrame, Socket } from './types.d.ts' */
import { randomUUID } from 'node:crypto';

const REPLY_TIMEOUT_MS = 20_000;

/** A `roomcast.v1` connection that matches replies to requests. */
export class Connection {
  /** @type {Map<string, (frame: ServerFrame) => void>} */
  #pending = new Map();

  /**
   * @param {Socket} socket
   * @param {(push: Push, receivedAt: number) => void} [onPush]
   */
  constructor(socket, onPush = () => {}) {
    this.socket = socket;
    socket.on('message', (/** @type {unknown} */ data) => {
      const now = currentTime();
      /** @type {ServerFrame & { id?: string }} */
      const frame = JSON.parse(String(data));
      const resolve = frame.id === undefined ? undefined : this.#pending.get(frame.id);
      if (!resolve) return onPush(/** @type {Push} */ (frame), now);
      this.#pending.delete(/** @type {string} */ (frame.id));
      resolve(frame);
    });
  }

  /**
   * Sends a request and returns its reply. Rejects if the reply is an error or does not arrive in time.
   *
   * @template {Action} A
   * @param {A} action
   * @param {object} [fields]
   * @returns {Promise<Replies[A]>}
   */
  async request(action, fields = {}) {
    const id = randomUUID();
    /** @type {Promise<ServerFrame>} */
    const reply = new Promise((resolve) => this.#pending.set(id, resolve));
    this.socket.send(JSON.stringify({ action, id, ...fields }));
    const frame = await withTimeout(REPLY_TIMEOUT_MS, reply, `No reply to ${action}.`);
    if (frame.type === 'error') throw new Error(`${action}: ${frame.problem.type}`);
    return /** @type {Replies[A]} */ (frame);
  }
}

/** Returns the time in milliseconds since 1970, with fractions. All processes of a machine share this clock. */
export const currentTime = () => performance.timeOrigin + performance.now();

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} work
 * @param {string} message error message if the time elapses
 * @returns {Promise<T>}
 */
async function withTimeout(ms, work, message) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

/**
 * Waits until the condition holds. Returns false if the time elapses first.
 *
 * @param {() => boolean} condition
 * @param {number} timeoutMs
 */
export async function waitUntil(condition, timeoutMs) {
  for (const deadline = currentTime() + timeoutMs; !condition(); ) {
    if (currentTime() > deadline) return false;
    await sleep(20);
  }
  return true;
}
