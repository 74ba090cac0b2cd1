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

/** What outlives a page: who the guest is, and what it has not sent yet. */
export class Keep {
  constructor(
    private readonly storage: Storage | undefined,
    private readonly environment: Environment,
  ) {}

  /** The guest's secret: 192 bits, made at its first visit. */
  guest(): string {
    const known = attempt(() => this.storage?.getItem(GUEST));
    if (known) return known;
    const secret = hex(this.environment.bytes(24));
    this.write(GUEST, secret);
    return secret;
  }

  unsent(): Unsent[] {
    return attempt(() => JSON.parse(this.storage?.getItem(OUTBOX) ?? '[]')) ?? [];
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

  private write(key: string, value: string): void {
    attempt(() => this.storage?.setItem(key, value));
  }
}

/** A storage may be full, forbidden or spoilt: then what is kept lasts as long as the page. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A random UUID. `crypto.randomUUID` is missing where a page is not served securely. */
export function uuid(bytes: Uint8Array): string {
  return hex(bytes).replace(/(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
