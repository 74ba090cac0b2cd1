import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { loadTemplate } from 'sam-offline';
import { matchesPattern } from 'sam-offline/testing';
import { createMessageChanged, createMessageSent } from '../../chat/protocol/serialize';
import type { Entry } from '../../chat/types';
import { handler } from '../../examples/bot/bot';
import { root } from '../../testbed/template';

const entry: Entry = {
  ...{ room: '483920117', epoch: 'e', seq: 7, kind: 'message', messageId: '01KFVG5M2TD8CB9V7SEM0J5K3R' },
  ...{ from: { userId: 'g-1', username: 'Ada' }, text: '!time', ts: Date.parse('2026-01-25T18:50:04.673Z') },
};

describe('rule of examples/bot', () => {
  const parameters = { EventBus: 'roomcast', HttpApi: 'a1b2c3d4e5' };
  const { rules } = loadTemplate({ file: join(root, 'examples/bot/template.yaml'), parameters });
  const matches = ({ type, detail }: { type: string; detail: object }) =>
    rules.map(({ pattern }) => matchesPattern(pattern, { source: 'roomcast', 'detail-type': type, detail }));

  it.each([
    ['!time', 'g-1', true],
    ['!time in Paris', 'u-1', true],
    ['What does !time do?', 'g-1', false],
    ['!time', 's-system', false],
  ])('selects %s from %s: %s', (message, userId, expected) => {
    const from = { userId, username: 'Ada' };
    expect(matches(createMessageSent({ ...entry, text: message, from }, 1))).toEqual([expected]);
  });

  it('ignores edits and other versions', () => {
    const { type, detail } = createMessageSent(entry, 1);
    expect(matches({ type, detail: { ...detail, version: 2 } })).toEqual([false]);
    expect(matches(createMessageChanged({ ...entry, kind: 'edited', target: 1 }, 1))).toEqual([false]);
  });
});

describe('examples/bot', () => {
  let requests: { request: IncomingMessage; body: string }[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    requests.push({ request, body: await text(request) });
    response.writeHead(status).end('{"type":"urn:roomcast:unknown-room"}');
  });
  const variables = { ...process.env };

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      SERVER_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_REGION: 'eu-central-1',
    });
  });
  beforeEach(() => {
    requests = [];
    status = 200;
  });
  afterAll(() => {
    process.env = variables;
    server.close();
  });

  it('answers in the room of the message with one signed request', async () => {
    await handler(createMessageSent(entry, 1));
    expect(requests).toHaveLength(1);
    const [{ request, body } = { request: {} as IncomingMessage, body: '' }] = requests;
    expect([request.method, request.url]).toEqual(['POST', '/v1/rooms/483920117/messages']);
    expect(JSON.parse(body)).toEqual({ text: 'It is 18:50 UTC.', username: 'Bot' });
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'bot-01KFVG5M2TD8CB9V7SEM0J5K3R',
      'x-amz-security-token': 'token',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, /,
      ),
    });
  });

  it('sends an identical request for a repeated event', async () => {
    await handler(createMessageSent(entry, 1));
    await handler(createMessageSent(entry, 1));
    const [first, second] = requests.map(({ request, body }) => [request.headers['idempotency-key'], body]);
    expect(second).toEqual(first);
  });

  it('throws an error if the server API rejects the answer, so that Lambda retries the invocation', async () => {
    status = 404;
    await expect(handler(createMessageSent(entry, 1))).rejects.toThrow(
      'The server API returned 404: {"type":"urn:roomcast:unknown-room"}',
    );
    expect(requests).toHaveLength(1);
  });
});
