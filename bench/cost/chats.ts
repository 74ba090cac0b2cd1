import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Settings } from '../../scripts/settings';
import { Connection } from '../../scripts/smoke/connection';
import { REFERENCES } from '../comparison/designs';

/** The template of a chat and the frames of its clients. */
export interface Chat {
  readonly template: string;
  readonly parameters: Record<string, string>;
  /** Parameters of the template that differ from the defaults. */
  readonly settings?: Settings;
  /** Opens the first connection of a room. */
  createRoom(url: string): Promise<{ room: string; creator: Connection }>;
  /** Opens another connection. */
  join(url: string, room: string): Promise<Connection>;
  /** Sends a text of the given size and waits for the first frame to the sender. */
  send(sender: Connection, room: string, bytes: number): Promise<void>;
}

export const ROOMCAST: Chat = {
  template: join(__dirname, '..', '..', 'template.yaml'),
  /** Raises the limits, because the single sender and the members behind one IP address would exceed the defaults. */
  parameters: {
    Limits: 'loadTest',
    Tracing: 'PassThrough', // sampled invocations write longer log lines, but few invocations are sampled
  },
  settings: { TypingIndicator: 'on' },
  async createRoom(url) {
    const creator = await open(url, {}, ['roomcast.v1']);
    const { room } = await creator.request('createRoom');
    return { room: room as string, creator };
  },
  join: (url, room) => open(url, { room }, ['roomcast.v1']),
  async send(sender, room, bytes) {
    await sender.request('sendmessage', { room, text: 'x'.repeat(bytes), clientMsgId: randomUUID() });
  },
};

const joinReference: Chat['join'] = (url, room) => open(url, { room });

/**
 * The reference designs of `npm run bench`. Clients can join a room without creating it first. The server does not acknowledge
 * messages.
 */
export const REFERENCE_CHATS = REFERENCES.map(({ name, template, parameters }) => {
  const chat: Chat = {
    template,
    parameters,
    async createRoom(url) {
      const room = randomUUID().slice(0, 8);
      return { room, creator: await joinReference(url, room) };
    },
    join: joinReference,
    async send(sender, room, bytes) {
      const data = randomUUID().padEnd(bytes, 'x');
      sender.send({ action: 'sendmessage', room, data });
      await sender.waitForText('the message', (text) => text === data);
    },
  };
  return { name, chat };
});

function open(url: string, query: Record<string, string>, protocols?: string[]): Promise<Connection> {
  const address = new URL(`${url.replace('http', 'ws')}/production`);
  address.search = new URLSearchParams(query).toString();
  return Connection.open(address.href, protocols);
}
