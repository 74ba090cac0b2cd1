import { EventEmitter } from 'node:events';

/** @typedef {{ id?: string, action: string, resume?: { lastSeq: number }, after?: number, limit?: number }} Request */

/** The client side of a connection to a `FakeRoom`. `push` and `pushFrame` deliver frames to it. */
class FakeSocket extends EventEmitter {
  /** @param {FakeRoom} room */
  constructor(room) {
    super();
    this.fakeRoom = room;
  }

  /** @param {string} text */
  send(text) {
    const frame = JSON.parse(text);
    const reply = { id: frame.id, ...this.fakeRoom.replyTo(frame) };
    queueMicrotask(() => this.emit('message', JSON.stringify(reply)));
  }

  terminate() {}

  /** @param {object} frame */
  pushFrame(frame) {
    this.emit('message', JSON.stringify(frame));
  }

  /** @param {number} seq */
  push(seq) {
    const { room } = this.fakeRoom;
    this.pushFrame({ type: 'message', room, seq, text: this.fakeRoom.entryAt(seq).text });
  }
}

/** A room that replies as the protocol specifies. It sends pushes only when the test calls `push`. */
export class FakeRoom {
  room = '483920117';
  /** @type {{ seq: number, text: string }[]} */
  entries = [];
  /**
   * The problem types of the next replies to `sendmessage`. If empty, the reply is an `ack`.
   *
   * @type {string[]}
   */
  problems = [];

  /** Stores an entry without pushing it. Returns its sequence number. */
  store(text = `${performance.timeOrigin + performance.now()} hello`) {
    const entry = { seq: this.entries.length + 1, text };
    this.entries.push(entry);
    return entry.seq;
  }

  /** @param {number} seq */
  entryAt(seq) {
    const entry = this.entries[seq - 1];
    if (!entry) throw new Error(`The room has no entry ${seq}.`);
    return entry;
  }

  connect() {
    return new FakeSocket(this);
  }

  /** @param {Request} request */
  replyTo({ action, resume, after = 0, limit = 100 }) {
    const since = (/** @type {number} */ seq) => this.entries.slice(seq);
    switch (action) {
      case 'joinRoom':
        return {
          type: 'joined',
          epoch: 'q3Vb0cUeXz9L',
          recovered: resume !== undefined,
          messages: resume ? since(resume.lastSeq).slice(0, 1) : [],
          more: resume !== undefined && since(resume.lastSeq).length > 1,
        };
      case 'ping':
        return { type: 'pong', rooms: { [this.room]: this.entries.length } };
      case 'history':
        return { type: 'history', messages: since(after).slice(0, limit), more: since(after).length > limit };
      case 'sendmessage': {
        const type = this.problems.shift();
        return type ? { type: 'error', problem: { type } } : { type: 'ack', seq: this.store() };
      }
      default:
        throw new Error(`Unexpected action ${action}.`);
    }
  }
}
