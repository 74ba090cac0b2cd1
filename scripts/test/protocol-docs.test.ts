import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import fc from 'fast-check';
import { parse } from 'yaml';
import { identifyClient } from '../../chat/identity/identify-client';
import { normalizeName } from '../../chat/protocol/names';
import { pushes, replies } from '../../chat/protocol/replies';
import { type Action, parseRequest, requests } from '../../chat/protocol/requests';
import { isRoomName } from '../../chat/rooms/room-keys';
import { itAtLength } from '../../testbed/at-length';
import { findOutdated, renderDocuments } from '../protocol-docs/documents';
import { connectQuery } from '../protocol-docs/handshake';
import { listProblemTypes } from '../protocol-docs/problems';
import { toSchemaKey } from '../protocol-docs/schemas';

const docs = join(__dirname, '../../docs');
const text = readFileSync(join(docs, 'asyncapi.yaml'), 'utf8');
const document = parse(text);
const page = readFileSync(join(docs, 'protocol.md'), 'utf8');

// The validator that the AsyncAPI parser uses. It does not check formats, because the schemas use patterns.
const Ajv = createRequire(require.resolve('@asyncapi/parser'))('ajv').default;
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(document, 'asyncapi');

function accepts(schema: string, value: unknown): boolean {
  return ajv.validate({ $ref: `asyncapi#/components/schemas/${schema}` }, value) as boolean;
}

const room = '483920117';
const clientMsgId = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
const resume = { epoch: 'q3Vb0cUeXz9L', lastSeq: 0 };

describe('generated protocol documentation', () => {
  it('is up to date', () => {
    expect(findOutdated()).toEqual([]);
  });

  it('reports missing files as outdated', () => {
    const empty = mkdtempSync(join(tmpdir(), 'roomcast-docs-'));
    try {
      expect(Object.keys(renderDocuments(empty))).toHaveLength(6);
      expect(findOutdated(empty)).toHaveLength(6);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  it('has a description of each message, operation and field', () => {
    const { messages, schemas } = document.components;
    for (const part of [...Object.values(messages), ...Object.values(document.operations)]) {
      expect(part).toHaveProperty('summary', expect.stringMatching(/\S.*\.$/));
    }
    for (const [name, schema] of Object.entries({ ...schemas, query: connectQuery })) {
      expect(findUndescribed(schema, name)).toEqual([]);
    }
  });
});

describe('asyncapi.yaml', () => {
  itAtLength('passes validation without diagnostics', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(text);
    expect(diagnostics).toEqual([]);
    expect(parsed?.version()).toBe('3.1.0');
  });

  it('contains every frame', () => {
    const keys = [
      ...Object.keys(requests).map((name) => toSchemaKey('Request', name)),
      ...Object.keys(replies).map((name) => toSchemaKey('Reply', name)),
      ...Object.keys(pushes).map((name) => toSchemaKey('Push', name)),
    ];
    expect(Object.keys(document.components.messages)).toEqual(keys);
  });

  it('has an operation for each request, with the reply and the error', () => {
    for (const [action, reply] of [
      ['createRoom', 'CreatedReply'],
      ['joinRoom', 'JoinedReply'],
      ['leaveRoom', 'LeftReply'],
      ['sendmessage', 'AckReply'],
      ['history', 'HistoryReply'],
      ['members', 'MembersReply'],
      ['ping', 'PongReply'],
    ] as const) {
      const { messages } = document.operations[action].reply;
      const path = '#/channels/chat/messages';
      expect(messages).toEqual([{ $ref: `${path}/${reply}` }, { $ref: `${path}/ErrorReply` }]);
    }
  });

  it('accepts each problem type only with the matching status', () => {
    for (const { description: _, ...problem } of listProblemTypes()) {
      expect(accepts('Problem', problem)).toBe(true);
      expect(accepts('Problem', { ...problem, status: 418 })).toBe(false);
    }
  });

  it('has examples that are accepted by the schemas and the code', () => {
    for (const [key, { name, examples }] of Object.entries<Message>(document.components.messages)) {
      expect(examples).not.toHaveLength(0);
      for (const { payload } of examples) {
        expect({ key, accepted: accepts(key, payload) }).toEqual({ key, accepted: true });
        expect(payload.action ?? payload.type).toBe(name);
        expectFrame(payload);
      }
    }
  });
});

describe('protocol.md', () => {
  const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json as string));
  const plain = [...page.matchAll(/`(\{.*?\})`/g)].map(([, json]) => JSON.parse(json as string));

  it('has an example of each frame that the code accepts', () => {
    expect(blocks).toHaveLength(Object.keys(document.components.messages).length);
    for (const frame of blocks) expectFrame(frame);
  });

  it('has plain-mode examples that the code accepts', () => {
    expect(plain.length).toBeGreaterThan(0);
    for (const frame of plain) {
      const action = frame.action === 'sendMessage' ? 'sendmessage' : frame.action;
      expect(parseRequest(action, 'plain', frame, 'lobby')).toBeDefined();
    }
  });
});

describe('JSON Schema of a Zod schema', () => {
  it.each<[Action, object, boolean]>([
    ['createRoom', {}, true],
    ['createRoom', { id: '1', name: 'Tea kitchen', username: ' Ada ' }, true],
    ['createRoom', { name: '👩‍👩‍👧 family' }, true],
    ['createRoom', { name: 'x'.repeat(64) }, true],
    ['createRoom', { name: 'x'.repeat(65) }, false],
    ['createRoom', { name: '' }, false],
    ['createRoom', { name: 'a\tb' }, false],
    ['createRoom', { name: 5 }, false],
    ['createRoom', { username: 'x'.repeat(33) }, false],
    ['createRoom', { username: '   ' }, false],
    ['createRoom', { unknown: { more: 1 } }, true],
    ['joinRoom', { room }, true],
    ['joinRoom', { room: 'lobby', username: `  ${'x'.repeat(32)}  `, resume }, true],
    ['joinRoom', {}, false],
    ['joinRoom', { room: 483920117 }, false],
    ['joinRoom', { room: '48392011' }, false],
    ['joinRoom', { room: '083920117' }, false],
    ['joinRoom', { room: 'lobby\n' }, false],
    ['joinRoom', { room, username: null }, false],
    ['joinRoom', { room, resume: { epoch: 'q3Vb0cUeXz9L' } }, false],
    ['joinRoom', { room, resume: { ...resume, lastSeq: -1 } }, false],
    ['joinRoom', { room, resume: { ...resume, lastSeq: 1.5 } }, false],
    ['joinRoom', { room, resume: { ...resume, epoch: 'x'.repeat(65) } }, false],
    ['joinRoom', { room, resume: { ...resume, unknown: 1 }, unknown: 1 }, true],
    ['leaveRoom', { room }, true],
    ['leaveRoom', {}, false],
    ['leaveRoom', { room: '@everyone' }, false],
    ['leaveRoom', { room: [room] }, false],
    ['leaveRoom', { room, unknown: null }, true],
    ['sendmessage', { room, text: 'hello' }, true],
    ['sendmessage', { room, text: 'hello', clientMsgId }, true],
    ['sendmessage', { room }, false],
    ['sendmessage', { text: 'hello' }, false],
    ['sendmessage', { room, text: { toString: 1 } }, false],
    ['sendmessage', { room, text: 'hello', clientMsgId: 'one' }, false],
    ['sendmessage', { room, text: 'hello', clientMsgId: `${clientMsgId}0` }, false],
    ['sendmessage', { room, text: 'hello', id: 'x'.repeat(64) }, true],
    ['sendmessage', { room, text: 'hello', id: 'x'.repeat(65) }, false],
    ['sendmessage', { room, text: 'hello', id: '\ud800' }, false],
    ['sendmessage', { room, text: 'hello', id: 1 }, false],
    ['sendmessage', { room, text: 'hello', unknown: [] }, true],
    ['history', { room }, true],
    ['history', { room, after: 0, limit: 1 }, true],
    ['history', { room, before: 7, limit: 100 }, true],
    ['history', { room, after: 1, before: 7 }, false],
    ['history', {}, false],
    ['history', { room, after: '1' }, false],
    ['history', { room, before: -1 }, false],
    ['history', { room, limit: 0 }, false],
    ['history', { room, limit: 101 }, false],
    ['history', { room, unknown: true }, true],
    ['members', { room }, true],
    ['members', { room, cursor: 'x'.repeat(256) }, true],
    ['members', { room, cursor: 'x'.repeat(257) }, false],
    ['members', { room, cursor: 0 }, false],
    ['members', {}, false],
    ['members', { room, unknown: 1 }, true],
    ['ping', {}, true],
    ['ping', { id: '' }, true],
    ['ping', { id: null }, false],
    ['ping', { unknown: 1 }, true],
  ])('validates the %s request %j like the code (accepted: %s)', (action, sample, accepted) => {
    const frame = { action, ...sample };
    expect(requests[action].safeParse(frame).success).toBe(accepted);
    expect(accepts(toSchemaKey('Request', action), frame)).toBe(accepted);
  });

  it('rejects frames with a different action', () => {
    expect(accepts('PingRequest', { action: 'pong' })).toBe(false);
    expect(accepts('PingRequest', {})).toBe(false);
  });

  it('validates arbitrary names, rooms and ids like the code', () => {
    const character = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('a', ' ', '\u00a0', '\u200b', '\u200d', '\u202e', '\u2028', '\ufeff', '\ud800', '\n'),
    );
    const string = fc.array(character, { maxLength: 40 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(string, string, fc.stringMatching(/^[0-9]{8,10}$/), (name, id, number) => {
        for (const fields of [{ name }, { username: normalizeName(name) }, { id: id.slice(0, 64) }]) {
          const frame = { action: 'createRoom', ...fields };
          expect(accepts('CreateRoomRequest', frame)).toBe(requests.createRoom.safeParse(frame).success);
        }
        const frame = { action: 'leaveRoom', room: number };
        expect(accepts('LeaveRoomRequest', frame)).toBe(requests.leaveRoom.safeParse(frame).success);
      }),
      { numRuns: 40 },
    );
  });
});

describe('handshake', () => {
  const query = document.channels.chat.bindings.ws.query;

  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ username: ' Ada ' }, true],
    [{ username: '' }, false],
    [{ username: 'x'.repeat(33) }, false],
    [{ guest: 'abcdefghijklmnopqrst.~-_' }, true],
    [{ guest: 'x'.repeat(21) }, false],
    [{ guest: 'x'.repeat(129) }, false],
    [{ guest: `${'x'.repeat(22)}/` }, false],
    [{ room: 'lobby' }, true],
    [{ room: 'kitchen' }, false],
    [{ protocol: 'roomcast.v1' }, true],
    [{ protocol: 'roomcast.v2' }, false],
    [{ unknown: 'x' }, true],
  ])('validates the query %j like the document (accepted: %s)', async (sample, accepted) => {
    expect(ajv.validate(query, sample)).toBe(accepted);
    expect(await isAccepted(sample)).toBe(accepted);
  });
});

interface Message {
  name: string;
  examples: { payload: Record<string, unknown> }[];
}

/** Asserts that the schema in the code for the frame's action or type accepts the frame. */
function expectFrame(frame: Record<string, unknown>): void {
  const { action, type } = frame as { action?: Action; type?: string };
  const sent: Record<string, { safeParse(value: unknown): unknown }> = { ...replies, ...pushes };
  const schema = action ? requests[action] : sent[type as string];
  expect(schema?.safeParse(frame)).toMatchObject({ success: true });
}

/** Returns the paths of all fields without a description in a schema. */
function findUndescribed(schema: unknown, path: string): string[] {
  const fields = Object.entries((schema as { properties?: object }).properties ?? {});
  return fields.flatMap(([name, field]) => [
    ...(field.description?.trim() ? [] : [`${path}.${name}`]),
    ...findUndescribed(field, `${path}.${name}`),
  ]);
}

/** Returns whether the code accepts a query. Does not look up the room. */
async function isAccepted(query: Record<string, string>): Promise<boolean> {
  try {
    await identifyClient(
      { tokens: undefined, guests: 'full', guestSecretInUrl: 'on' },
      { subprotocols: [], query },
    );
    return query.room === undefined || isRoomName(query.room);
  } catch {
    return false;
  }
}
