import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection';

export interface Endpoints {
  /** The URL of the WebSocket API. */
  wsUrl: string;
  /** The URL of the HTTP API. Without it, the smoke test skips the broadcast step. */
  httpUrl?: string;
}

/** A step of the smoke test. `run` rejects if the step fails. */
export interface Step {
  name: string;
  run(): Promise<void>;
}

/** The maximum number of checks in `waitUntilListed`, and the delay between two checks in milliseconds. */
const LIST_CHECKS = 50;
const LIST_PAUSE_MS = 200;

/**
 * Creates the smoke test of a stack. It performs the main operations in the order in which a user performs them. The test uses
 * a new room, so it does not affect other users. Steps depend on earlier steps. `close` closes the connections.
 */
export function createSmokeTest({ wsUrl, httpUrl }: Endpoints): { steps: Step[]; close(): void } {
  const connections: Connection[] = [];
  const open = async (protocols?: string[]) => {
    const connection = await Connection.open(wsUrl, protocols);
    connections.push(connection);
    return connection;
  };
  const v1 = ['roomcast.v1'];
  const text = `smoke ${randomUUID()}`;
  let ada: Connection;
  let bob: Connection;
  let room = '';
  let epoch: unknown;

  const steps: Step[] = [
    {
      name: 'a plain connection receives the help text',
      async run() {
        const plain = await open();
        plain.send('hello?');
        await plain.waitForText('the help text', (frame) => frame.startsWith('Use the sendmessage route'));
      },
    },
    {
      name: 'the handshake negotiates roomcast.v1',
      async run() {
        [ada, bob] = [await open(v1), await open(v1)];
        assert(ada.protocol === 'roomcast.v1', `the subprotocol is ${JSON.stringify(ada.protocol)}`);
      },
    },
    {
      name: 'the handshake rejects an unknown room with 404',
      async run() {
        const url = `${wsUrl}?room=999999999`;
        const error = await Connection.open(url).catch(({ message }: Error) => message);
        assert(typeof error === 'string', 'the handshake succeeded');
        assert(String(error).includes('404'), String(error));
      },
    },
    {
      name: 'two connections meet in a new room',
      async run() {
        ({ room, epoch } = (await ada.request('createRoom', { username: 'smoke' })) as {
          room: string;
          epoch: unknown;
        });
        await waitUntilListed(ada, room, 1);
        await bob.request('joinRoom', { room });
        await waitUntilListed(bob, room, 2);
        await ada.waitForFrame(
          'the memberJoined notice',
          ({ type, memberCount }) => type === 'memberJoined' && memberCount === 2,
        );
      },
    },
    {
      name: 'a message is stored once and delivered to both',
      async run() {
        const message = { room, text, clientMsgId: randomUUID() };
        const ack = await ada.request('sendmessage', message);
        assert(ack.seq === 1, `its seq is ${ack.seq}, not 1`);
        const retry = await ada.request('sendmessage', message);
        assert(retry.duplicate === true && retry.seq === 1, 'a retry stored the message again');
        const isPush = (frame: { type?: string; text?: unknown }) =>
          frame.type === 'message' && frame.text === text;
        await Promise.all([ada, bob].map((connection) => connection.waitForFrame('the push', isPush)));
      },
    },
    {
      name: 'resume returns the missed message',
      async run() {
        bob.close();
        await ada.request('sendmessage', { room, text: `${text}, missed`, clientMsgId: randomUUID() });
        bob = await open(v1);
        const joined = await bob.request('joinRoom', { room, resume: { epoch, lastSeq: 1 } });
        const missed = (joined.messages as { text: string }[]).map((entry) => entry.text);
        assert(
          joined.recovered === true && missed[0] === `${text}, missed`,
          `recovered is ${joined.recovered}, messages are ${JSON.stringify(missed)}`,
        );
      },
    },
    {
      name: 'ping returns the head sequence of the room',
      async run() {
        const { rooms } = await bob.request('ping');
        const head = (rooms as Record<string, number>)[room];
        assert(head === 2, `it is ${head}, not 2`);
      },
    },
  ];
  if (httpUrl !== undefined) {
    steps.push({
      name: 'a broadcast with a wrong key is rejected with 401',
      async run() {
        const body = JSON.stringify({ message: text });
        const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer wrong' };
        const { status } = await fetch(`${httpUrl}/broadcastmessage`, { method: 'POST', headers, body });
        assert(status === 401, `the status is ${status}`);
      },
    });
  }
  return {
    steps,
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

/** Waits until the index of the fan-out lists the members of a room. Members receive no pushes until the index lists them. */
async function waitUntilListed(connection: Connection, room: string, count: number): Promise<void> {
  for (let check = 1; check <= LIST_CHECKS; check += 1) {
    const { members } = await connection.request('members', { room });
    if ((members as unknown[]).length === count) return;
    await sleep(LIST_PAUSE_MS);
  }
  throw new Error(`the room does not list ${count} members`);
}
