import type { IncomingMessage } from 'node:http';
import type { ConnectionFacts } from './events';
import type { FrameRecorder, RecordedFrame } from './frame-recorder';

/** Stores the recorded frames of handshakes. */
export class HandshakeFrames {
  private readonly clients = new WeakMap<IncomingMessage, string>();
  private readonly openings = new WeakMap<ConnectionFacts, RecordedFrame>();

  constructor(private readonly frames: FrameRecorder) {}

  /** Stores the name of the console client that sent a request. */
  nameClient(request: IncomingMessage, client: string): void {
    this.clients.set(request, client);
  }

  start(facts: ConnectionFacts, request: IncomingMessage): void {
    const { connectionId, api } = facts;
    const client = this.clients.get(request);
    this.openings.set(facts, this.frames.open({ connectionId, api, request, client }));
  }

  accept(facts: ConnectionFacts): void {
    this.frames.update(this.find(facts), { state: 'ok' });
  }

  reject(facts: ConnectionFacts, code: number, reason: string): void {
    this.frames.update(this.find(facts), { state: 'failed', code, reason });
  }

  find(facts: ConnectionFacts): RecordedFrame {
    const frame = this.openings.get(facts);
    if (!frame) throw new Error('Unknown handshake.');
    return frame;
  }
}
