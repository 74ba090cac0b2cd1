import type { JsonObject } from '../core/service';
import type { ExecutionRecord } from '../states';
import type { FrameRecorder } from '../websocket-api/frame-recorder';

/** WebSocket messages are billed in increments of 32 KB. https://aws.amazon.com/api-gateway/pricing/ */
const MESSAGE_BYTES = 32 * 1024;
/** Events are billed in increments of 64 KB. https://aws.amazon.com/eventbridge/pricing/ */
const EVENT_BYTES = 64 * 1024;
/** The duration of Express workflows is billed in increments of 100 ms. https://aws.amazon.com/step-functions/pricing/ */
const EXPRESS_STEP_MILLIS = 100;

/** Counts the billed usage of a running application that CloudWatch metrics do not contain. */
export class SessionUsage {
  /** The start time in epoch milliseconds. */
  readonly startedAt = Date.now();
  /** The number of frames from clients. */
  framesIn = 0;
  /** The number of billed WebSocket messages, in both directions. */
  messages = 0;
  /** The number of bytes in frames to clients, including frame headers. Does not include TLS, TCP and IP headers. */
  bytesOut = 0;
  /** The number of accepted connections. */
  connections = 0;
  events = 0;
  expressExecutions = 0;
  expressMillis = 0;
  stateTransitions = 0;
  /** The total duration of closed connections. */
  private closedMillis = 0;
  /** The start times of open connections in epoch milliseconds, by connection ID. */
  private readonly open = new Map<string, number>();

  /** The time for which clients have been connected, in minutes. */
  get connectionMinutes(): number {
    const now = Date.now();
    const openMillis = [...this.open.values()].reduce((sum, since) => sum + now - since, 0);
    return (this.closedMillis + openMillis) / 60_000;
  }

  addEvent(event: JsonObject): void {
    this.events += Math.ceil(Buffer.byteLength(JSON.stringify(event)) / EVENT_BYTES);
  }

  /** Counts the usage of an execution. Each attempt of a state is a state transition. */
  addExecution({ type, startDate, stopDate, transitions, transitionsDropped }: ExecutionRecord): void {
    if (type === 'EXPRESS') {
      this.expressExecutions += 1;
      this.expressMillis += Math.ceil((stopDate - startDate) / EXPRESS_STEP_MILLIS) * EXPRESS_STEP_MILLIS;
    } else {
      const retries = transitions.reduce((sum, transition) => sum + transition.retries, 0);
      this.stateTransitions += transitions.length + transitionsDropped + retries;
    }
  }

  /** Returns a recorder that also counts connections and their messages. */
  watch(recorder: FrameRecorder): FrameRecorder {
    /** The connection IDs of handshakes, by frame number. */
    const handshakes = new Map<number, string>();
    return {
      open: (opening) => {
        const frame = recorder.open(opening);
        handshakes.set(frame.number, opening.connectionId);
        return frame;
      },
      update: (frame, facts) => {
        const connectionId = handshakes.get(frame.number);
        if (connectionId !== undefined && (facts.state === 'ok' || facts.state === 'failed')) {
          handshakes.delete(frame.number);
          if (facts.state === 'ok') this.addConnection(connectionId);
        }
        recorder.update(frame, facts);
      },
      add: (connectionId, kind, payload, facts) => {
        if (kind === 'close') this.endConnection(connectionId);
        else this.addMessage(kind === 'in', Buffer.byteLength(payload));
        return recorder.add(connectionId, kind, payload, facts);
      },
    };
  }

  private addConnection(connectionId: string): void {
    this.connections += 1;
    this.open.set(connectionId, Date.now());
  }

  private endConnection(connectionId: string): void {
    const since = this.open.get(connectionId);
    if (since !== undefined) this.closedMillis += Date.now() - since;
    this.open.delete(connectionId);
  }

  private addMessage(isIn: boolean, bytes: number): void {
    if (isIn) this.framesIn += 1;
    else this.bytesOut += headerBytes(bytes) + bytes;
    this.messages += Math.max(1, Math.ceil(bytes / MESSAGE_BYTES));
  }
}

/** Returns the header size of a frame from a server. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function headerBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 2 ** 16 ? 4 : 10;
}
