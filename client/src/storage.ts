import type { Environment } from './environment';

/** What the browser's `localStorage` is. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** A message that is not acknowledged yet. `at` is when it was made, in epoch milliseconds. */
export interface Unsent {
  room: string;
  text: string;
  clientMsgId: string;
  at: number;
}

const GUEST = 'roomcast.guest';
const OUTBOX = 'roomcast.outbox';

/** What outlives a page: who the guest is, and what it has not sent yet. Storage that fails is done without. */
export class Keep {
  constructor(
    private readonly storage: Storage | undefined,
    private readonly environment: Environment,
  ) {}

  /** The guest's secret: 192 bits, made at its first visit. */
  guest(): string {
    const known = this.read(GUEST);
    if (known) return known;
    const secret = hex(this.environment.bytes(24));
    this.write(GUEST, secret);
    return secret;
  }

  unsent(): Unsent[] {
    try {
      const list: unknown = JSON.parse(this.read(OUTBOX) ?? '[]');
      return Array.isArray(list) ? list : [];
    } catch {
      return [];
    }
  }

  add(message: Unsent): void {
    // Read anew each time: several tabs share it.
    this.put([...this.without(message.clientMsgId), message]);
  }

  remove(clientMsgId: string): void {
    this.put(this.without(clientMsgId));
  }

  private without(clientMsgId: string): Unsent[] {
    return this.unsent().filter((message) => message.clientMsgId !== clientMsgId);
  }

  private put(list: Unsent[]): void {
    this.write(OUTBOX, JSON.stringify(list));
  }

  private read(key: string): string | null | undefined {
    try {
      return this.storage?.getItem(key);
    } catch {
      return undefined;
    }
  }

  private write(key: string, value: string): void {
    try {
      this.storage?.setItem(key, value);
    } catch {
      // Full or forbidden: then it lasts as long as the page.
    }
  }
}

/** A random UUID. `crypto.randomUUID` is missing where a page is not served securely. */
export function uuid(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
