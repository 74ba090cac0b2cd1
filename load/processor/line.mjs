import { randomUUID } from 'node:crypto';

/** How long an answer may take before it counts as none. */
const PATIENCE_MS = 20_000;

/** One connection in `roomcast.v1`: a request resolves to its reply, whatever else comes between. */
export class Line {
  #pending = new Map();

  /** @param onPush takes each frame that is no reply, and the time at which it came. */
  constructor(socket, onPush = () => {}) {
    this.socket = socket;
    socket.on('message', (data) => {
      const now = clock();
      const frame = JSON.parse(String(data));
      const pending = this.#pending.get(frame.id);
      if (!pending) return onPush(frame, now);
      this.#pending.delete(frame.id);
      pending(frame);
    });
  }

  /** Rejects if the reply is an error or does not come. */
  async request(action, fields = {}) {
    const id = randomUUID();
    const reply = new Promise((resolve) => this.#pending.set(id, resolve));
    this.socket.send(JSON.stringify({ action, id, ...fields }));
    const frame = await within(PATIENCE_MS, reply, `no reply to ${action}`);
    if (frame.type === 'error') throw new Error(`${action}: ${frame.problem.type}`);
    return frame;
  }
}

/** Milliseconds since 1970, as fine as the machine has them: the same in all processes of a machine. */
export const clock = () => performance.timeOrigin + performance.now();

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function within(ms, work, what) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

/** Waits until `probe` holds; false if it did not come to pass. */
export async function eventually(probe, patienceMs) {
  for (const deadline = clock() + patienceMs; !probe(); ) {
    if (clock() > deadline) return false;
    await pause(20);
  }
  return true;
}
