import { randomUUID } from 'node:crypto';
import { Socket } from './socket';

/** Where the stack is. */
export interface Addresses {
  wsUrl: string;
  /** Of the HTTP API; without it, broadcasting is not tried. */
  httpUrl?: string;
}

/** One thing that has to work: `run` rejects with what did not. */
export interface Step {
  name: string;
  run(): Promise<void>;
}

/**
 * What a fresh stack has to do, in the order in which a user meets it. Nothing of it is seen by anybody else: it all
 * happens in a room of its own. Steps build on one another; `close` ends what is open.
 */
export function smokeSteps({ wsUrl, httpUrl }: Addresses): { steps: Step[]; close(): void } {
  const sockets: Socket[] = [];
  const open = async (protocols?: string[]) => {
    const socket = await Socket.open(wsUrl, protocols);
    sockets.push(socket);
    return socket;
  };
  const v1 = ['roomcast.v1'];
  const text = `smoke ${randomUUID()}`;
  let ada: Socket;
  let bob: Socket;
  let room = '';
  let epoch: unknown;

  const steps: Step[] = [
    {
      name: 'a plain connection is told who it is',
      async run() {
        const plain = await open();
        plain.send('hello?');
        await plain.text('the explanation', (frame) => frame.startsWith('Use the sendmessage route'));
      },
    },
    {
      name: 'roomcast.v1 is negotiated',
      async run() {
        [ada, bob] = [await open(v1), await open(v1)];
        must(ada.protocol === 'roomcast.v1', `the subprotocol is ${JSON.stringify(ada.protocol)}`);
      },
    },
    {
      name: 'a handshake for an unknown room is refused with 404',
      async run() {
        const refusal = await Socket.open(`${wsUrl}?room=999999999`).catch((error: Error) => error.message);
        must(String(refusal).includes('404'), `it was not: ${refusal}`);
      },
    },
    {
      name: 'a room is created and joined',
      async run() {
        ({ room, epoch } = (await ada.request('createRoom', { username: 'smoke' })) as {
          room: string;
          epoch: unknown;
        });
        await bob.request('joinRoom', { room });
        await ada.frame(
          'the notice of the other',
          ({ type, memberCount }) => type === 'memberJoined' && memberCount === 2,
        );
      },
    },
    {
      name: 'a message is acknowledged and reaches both',
      async run() {
        const message = { room, text, clientMsgId: randomUUID() };
        const ack = await ada.request('sendmessage', message);
        must(ack.seq === 1, `its place in the room is ${ack.seq}`);
        const again = await ada.request('sendmessage', message);
        must(again.duplicate === true && again.seq === 1, 'sent again, it was stored again');
        const isPush = (frame: { type?: string; text?: unknown }) =>
          frame.type === 'message' && frame.text === text;
        await Promise.all([ada, bob].map((socket) => socket.frame('the push', isPush)));
      },
    },
    {
      name: 'who was away is given what was missed',
      async run() {
        bob.close();
        await ada.request('sendmessage', { room, text: `${text}, missed`, clientMsgId: randomUUID() });
        bob = await open(v1);
        const joined = await bob.request('joinRoom', { room, resume: { epoch, lastSeq: 1 } });
        const missed = (joined.messages as { text: string }[]).map((entry) => entry.text);
        must(
          joined.recovered === true && missed[0] === `${text}, missed`,
          `it was given ${JSON.stringify(missed)}`,
        );
      },
    },
    {
      name: 'a ping tells how far the room is',
      async run() {
        const { rooms } = await bob.request('ping');
        const head = (rooms as Record<string, number>)[room];
        must(head === 2, `it says ${head}`);
      },
    },
  ];
  if (httpUrl !== undefined) {
    steps.push({
      name: 'a broadcast without the key is refused with 401',
      async run() {
        const body = JSON.stringify({ message: text });
        const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer wrong' };
        const { status } = await fetch(`${httpUrl}/broadcastmessage`, { method: 'POST', headers, body });
        must(status === 401, `the status is ${status}`);
      },
    });
  }
  return {
    steps,
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
