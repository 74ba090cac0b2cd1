import { Client, eventually } from '../../testbed/client';
import {
  itWithTables,
  type StackUnderTest,
  stackUnderTest,
  waitForQuietTables,
  withTables,
} from '../support/stack';

/** The text of every frame contains this string. It must never appear in logs. */
const CONTENT = 'user-content';

/** The reply of $default to plain connections. */
const HELP = /^Use the sendmessage route to send a message\. Your info: \{/;
const isHelp = (frame: string) => HELP.test(frame);

type Response = '$default' | 'invalid-frame' | 'too-large' | 'unknown-room';

const text = (value: unknown) => ({
  plain: JSON.stringify({ action: 'sendmessage', message: value }),
  v1: JSON.stringify({ action: 'sendmessage', room: 'lobby', text: value }),
});
const both = (frame: string) => ({ plain: frame, v1: frame });

/** The frames and the expected response in each mode. */
const cases: [string, { plain: string; v1: string }, { plain: Response; v1: Response }][] = [
  [
    'not JSON',
    both(`{"action":"sendmessage","message":"${CONTENT}`),
    { plain: '$default', v1: 'invalid-frame' },
  ],
  ['a bare word', both(CONTENT), { plain: '$default', v1: 'invalid-frame' }],
  ['a string', both(`"${CONTENT}"`), { plain: '$default', v1: 'invalid-frame' }],
  ['a number', both('42'), { plain: '$default', v1: 'invalid-frame' }],
  ['null', both('null'), { plain: '$default', v1: 'invalid-frame' }],
  [
    'an array',
    both(`[{"action":"sendmessage","message":"${CONTENT}"}]`),
    { plain: '$default', v1: 'invalid-frame' },
  ],
  ['no action', both(`{"message":"${CONTENT}"}`), { plain: '$default', v1: 'invalid-frame' }],
  ['an unknown action', both(`{"action":"${CONTENT}"}`), { plain: '$default', v1: 'invalid-frame' }],
  ['an action that is a number', both('{"action":1}'), { plain: '$default', v1: 'invalid-frame' }],
  ['an action named __proto__', both('{"action":"__proto__"}'), { plain: '$default', v1: 'invalid-frame' }],
  [
    'an action named constructor',
    both('{"action":"constructor"}'),
    { plain: '$default', v1: 'invalid-frame' },
  ],
  ['an action in capitals', both('{"action":"SENDMESSAGE"}'), { plain: '$default', v1: 'invalid-frame' }],
  [
    'no text',
    both('{"action":"sendmessage","room":"lobby"}'),
    { plain: 'invalid-frame', v1: 'invalid-frame' },
  ],
  ['an empty text', text(''), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['a blank text', text('  \n'), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['a text that is null', text(null), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['a text that is a number', text(42), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['a text that is an object', text({ toString: CONTENT }), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['a text that is an array', text([CONTENT]), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['a text over the limit', text(CONTENT.padEnd(4097, '.')), { plain: 'too-large', v1: 'too-large' }],
  ['a text over the limit in bytes only', text('é'.repeat(2049)), { plain: 'too-large', v1: 'too-large' }],
  ['a lone surrogate', text(`${CONTENT}\ud800`), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['an escape sequence', text(`\u001b]0;${CONTENT}\u0007`), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  ['a NUL', text(`${CONTENT}\u0000`), { plain: 'invalid-frame', v1: 'invalid-frame' }],
  [
    'a text in __proto__ only',
    both(`{"action":"sendmessage","__proto__":{"message":"${CONTENT}","room":"lobby","text":"${CONTENT}"}}`),
    { plain: 'invalid-frame', v1: 'invalid-frame' },
  ],
  [
    'a room that the connection has not joined',
    // Plain connections send to their current room. The server ignores the field.
    { plain: text('').plain, v1: `{"action":"sendmessage","room":"483920117","text":"${CONTENT}"}` },
    { plain: 'invalid-frame', v1: 'unknown-room' },
  ],
];

describe('frame validation', () => {
  let stack: StackUnderTest;
  let plain: Client;
  let v1: Client;
  /**
   * Returns all items except budgets, because every frame updates a budget. Returns an empty list if the tests have no access
   * to the tables.
   */
  const readItems = async () => {
    const items = withTables ? await stack.scan('ChatTable') : [];
    return items.filter(({ sk }) => sk !== 'budgets');
  };
  const openClients = async () => {
    plain = await Client.open(stack.wsUrl);
    v1 = await Client.open(stack.wsUrl, { protocols: ['roomcast.v1'], query: { room: 'lobby' } });
  };

  beforeAll(async () => {
    stack = await stackUnderTest();
    await openClients();
    if (withTables) await waitForQuietTables(stack);
  });
  afterAll(async () => {
    await Promise.all([plain.close(), v1.close()]);
    await stack.stop();
  });

  describe.each(cases)('%s', (_, frames, responses) => {
    it.each(['plain', 'v1'] as const)(
      'causes the specified response in %s mode and stores nothing',
      async (mode) => {
        const before = await readItems();
        const client = mode === 'plain' ? plain : v1;
        client.send(frames[mode]);
        const response = await client.next();
        if (responses[mode] === '$default') {
          expect(response).toMatch(HELP);
        } else {
          expect(JSON.parse(response)).toMatchObject({
            type: 'error',
            problem: { type: `urn:roomcast:${responses[mode]}`, temporary: false },
          });
          expect(response).not.toContain(CONTENT);
        }
        expect(await readItems()).toEqual(before);
      },
    );
  });

  itWithTables('logs no content', async () => {
    // Logs appear in order. In CloudWatch, they appear after several seconds.
    await eventually(async () => (await stack.logged('Refused')).length > 0, 40_000);
    expect(await stack.logged(CONTENT)).toEqual([]);
  });

  it('returns the id of the request only if it is valid', async () => {
    v1.send({ action: 'sendmessage', id: 'mine', room: 'lobby' });
    expect(await v1.nextOf('error')).toMatchObject({ id: 'mine' });
    v1.send({ action: 'sendmessage', id: 'x'.repeat(65), room: 'lobby', text: 'hi' });
    expect(await v1.nextOf('error')).not.toHaveProperty('id');
  });

  it.each(['plain', 'v1'] as const)(
    'accepts unknown fields and a text of the maximum size in %s mode',
    async (mode) => {
      const client = mode === 'plain' ? plain : v1;
      const longest = 'é'.repeat(2048);
      client.send({ action: 'sendmessage', room: 'lobby', message: longest, text: longest, mood: 'fine' });
      expect(await client.next((frame) => frame.includes(longest))).toBeTruthy();
    },
  );

  it.each<[string, (client: Client) => void, number]>([
    ['a frame over 32 KB', ({ socket }) => socket.send('x'.repeat(32 * 1024 + 1)), 1009],
    [
      'a fragmented message over 128 KB',
      ({ socket }) => {
        for (let part = 0; part < 8; part += 1) socket.send('x'.repeat(16 * 1024), { fin: false });
        socket.send('x', { fin: true });
      },
      1009,
    ],
    ['a binary frame', ({ socket }) => socket.send(Buffer.from('hello')), 1003],
  ])('closes the connection after %s', async (_, send, code) => {
    const client = await Client.open(stack.wsUrl);
    try {
      send(client);
      // If the stack accepts the frame, it replies and leaves the connection open.
      const outcome = await eventually(async () => client.closed ?? client.frames.find(isHelp));
      expect(outcome).toMatchObject({ code });
    } finally {
      client.socket.terminate();
    }
  });
});
