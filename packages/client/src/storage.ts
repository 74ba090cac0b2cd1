import type { Environment } from './environment';

/** The part of the Web Storage interface that the client uses. `localStorage` implements it. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** A message without an acknowledgement. `at` is its creation time in epoch milliseconds. */
export interface UnsentMessage {
  room: string;
  text: string;
  clientMsgId: string;
  replyTo?: number;
  at: number;
}

const GUEST_KEY = 'roomcast.guest';
const OUTBOX_KEY = 'roomcast.outbox';

/** Keeps the guest secret and the outbox across page loads. */
export interface ClientStorage {
  /** Returns the stored guest secret. Creates one of 192 bits on the first visit. */
  guestSecret(): string;
  /** Returns the unsent messages, oldest first. */
  outbox(): UnsentMessage[];
  add(message: UnsentMessage): void;
  remove(clientMsgId: string): void;
}

export function createStorage(storage: Storage | undefined, { randomBytes }: Environment): ClientStorage {
  const write = (key: string, value: string) => ignoreErrors(() => storage?.setItem(key, value));
  // Not cached, because browser tabs share the storage.
  const outbox = (): UnsentMessage[] =>
    ignoreErrors(() => JSON.parse(storage?.getItem(OUTBOX_KEY) ?? '[]')) ?? [];
  const replace = (clientMsgId: string, ...added: UnsentMessage[]) => {
    const others = outbox().filter((message) => message.clientMsgId !== clientMsgId);
    write(OUTBOX_KEY, JSON.stringify([...others, ...added]));
  };
  return {
    guestSecret() {
      const stored = ignoreErrors(() => storage?.getItem(GUEST_KEY));
      if (stored) return stored;
      const secret = toHex(randomBytes(24));
      write(GUEST_KEY, secret);
      return secret;
    },
    outbox,
    add: (message) => replace(message.clientMsgId, message),
    remove: (clientMsgId) => replace(clientMsgId),
  };
}

/** Runs a storage operation. A full, blocked or corrupt storage behaves like an empty one. */
function ignoreErrors<T>(operation: () => T): T | undefined {
  try {
    return operation();
  } catch {
    return undefined;
  }
}

/** Formats 16 random bytes as a UUID. `crypto.randomUUID` is not available on insecure origins. */
export function createUuid(bytes: Uint8Array): string {
  return toHex(bytes).replace(/(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
