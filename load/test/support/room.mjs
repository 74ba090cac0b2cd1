import { EventEmitter } from 'node:events';

/**
 * A room that answers as the protocol says, and pushes nothing by itself: what a member gets, and how often, is the
 * test's to decide.
 */
export class Room {
  room = '483920117';
  entries = [];
  /** What `sendmessage` is answered with, in turn; after these, with an ack. */
  refusals = [];

  /** Stores an entry, and pushes it to nobody. */
  say(text = `${performance.timeOrigin + performance.now()} hello`) {
    const entry = { seq: this.entries.length + 1, text };
    this.entries.push(entry);
    return entry.seq;
  }

  /** A member's end of a connection, as artillery's `context.ws`. */
  socket() {
    const socket = new EventEmitter();
    socket.send = (text) => {
      const frame = JSON.parse(text);
      const answer = { id: frame.id, ...this.answerTo(frame) };
      queueMicrotask(() => socket.emit('message', JSON.stringify(answer)));
    };
    socket.terminate = () => {};
    socket.pushes = (frame) => socket.emit('message', JSON.stringify(frame));
    socket.push = (seq) =>
      socket.pushes({ type: 'message', room: this.room, seq, text: this.entries[seq - 1].text });
    return socket;
  }

  answerTo({ action, resume, after = 0, limit = 100 }) {
    const since = (seq) => this.entries.slice(seq);
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
        const type = this.refusals.shift();
        return type ? { type: 'error', problem: { type } } : { type: 'ack', seq: this.say() };
      }
    }
  }
}
