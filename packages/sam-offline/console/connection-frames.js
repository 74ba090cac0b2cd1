import { findError } from './frame-error.js';

/** @import { FrameList, FrameView } from './types' */

/** @type {Record<FrameView['kind'], string>} */
export const DIRECTIONS = { connect: 'open', in: '↑ in', out: '↓ out', close: 'close' };

/** The frames of a connection that the runtime keeps, with their replies and errors. */
export class ConnectionFrames {
  /** @type {Map<number, FrameView>} */
  #frames = new Map();
  #connectionId;

  /** @param {string} connectionId */
  constructor(connectionId) {
    this.#connectionId = connectionId;
  }

  get size() {
    return this.#frames.size;
  }

  /** Returns all frames, oldest first. */
  list() {
    return [...this.#frames.values()];
  }

  /** @param {number | undefined} number */
  find(number) {
    return number === undefined ? undefined : this.#frames.get(number);
  }

  /**
   * Adds the frames that have changed, and removes frames that the runtime no longer keeps.
   *
   * @param {FrameList} next
   */
  update({ changed, first }) {
    for (const frame of changed) this.#frames.set(frame.number, frame);
    for (const number of this.#frames.keys()) if (number < first) this.#frames.delete(number);
  }

  /** @param {number} number */
  repliesTo(number) {
    return this.list().filter(
      ({ request }) => request?.number === number && request.connectionId === this.#connectionId,
    );
  }

  /**
   * Returns the frame that a frame answers.
   *
   * @param {FrameView} frame
   */
  requestOf({ request }) {
    return request?.connectionId === this.#connectionId ? this.find(request.number) : undefined;
  }

  /**
   * Returns the error that a frame or one of its replies reports.
   *
   * @param {FrameView} frame
   */
  errorOf({ kind, text, number }) {
    if (kind === 'out') return findError(text);
    return this.repliesTo(number)
      .map((reply) => findError(reply.text))
      .find(Boolean);
  }

  /** @param {FrameView} frame */
  searchTextsOf(frame) {
    const { kind, routeKey, text, reason = '', state } = frame;
    const isRejected = state === 'failed';
    const error = this.errorOf(frame);
    return [
      DIRECTIONS[kind],
      routeKey,
      text,
      reason,
      isRejected && 'rejected',
      (isRejected || error) && 'error',
      error?.code,
    ];
  }
}
