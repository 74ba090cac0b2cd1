import { createHmac, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { jwtVerify } from 'jose';
import { loadTemplate } from 'sam-offline';
import { matchesPattern } from 'sam-offline/testing';
import { handler as push } from '../../examples/away/push';
import { isPushService } from '../../examples/away/push-services';
import { handler as webhook } from '../../examples/away/webhook';
import { root } from '../../testbed/template';
import { createPushReceiver, createVapidKeys } from '../support/push-receiver';

const PUSH_SERVICE = 'https://fcm.googleapis.com';
const vapidKeys = createVapidKeys();
const webhookKey = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR';
const secrets: Record<string, string> = { vapid: JSON.stringify(vapidKeys), webhook: webhookKey };

jest.mock('../../examples/away/secrets', () => ({ readSecret: async (id: string) => secrets[id] }));

const sample = JSON.parse(readFileSync(join(root, 'events/message-missed.json'), 'utf8'));

describe('rules of examples/away', () => {
  const load = (WebhookUrl: string) =>
    loadTemplate({
      file: join(root, 'examples/away/template.yaml'),
      parameters: { EventBus: 'roomcast', HttpApi: 'a1b2c3d4e5', WebhookUrl },
    });

  it('select MessageMissed, and have no webhook without a URL', () => {
    const { rules } = load('https://chat.example.com/hook');
    const matches = (event: object) => rules.map(({ pattern }) => matchesPattern(pattern, event as never));
    expect(matches(sample)).toEqual([true, true]);
    expect(matches({ ...sample, detail: { ...sample.detail, version: 2 } })).toEqual([false, false]);
    expect(matches({ ...sample, 'detail-type': 'MessageSent' })).toEqual([false, false]);
    expect(load('').rules).toHaveLength(1);
  });
});

describe('isPushService', () => {
  it.each([
    ['https://fcm.googleapis.com/fcm/send/a:b', true],
    ['https://updates.push.services.mozilla.com/wpush/v2/a', true],
    ['https://web.push.apple.com/a', true],
    ['https://wns2-by3p.notify.windows.com/w/?token=a', true],
    ['https://fcm.googleapis.com.evil.example/a', false],
    ['https://evilpush.apple.com/a', false],
    ['https://evil.example/fcm.googleapis.com', false],
    ['https://fcm.googleapis.com:8443/a', false],
    ['http://fcm.googleapis.com/a', false],
    ['https://169.254.169.254/latest/meta-data', false],
    ['https://localhost/a', false],
  ])('%s: %s', (endpoint, expected) => {
    expect(isPushService(endpoint)).toBe(expected);
  });
});

describe('examples/away', () => {
  let requests: { request: IncomingMessage; body: Buffer }[] = [];
  let statuses: Record<string, number> = {};
  const server = createServer(async (request, response) => {
    requests.push({ request, body: await buffer(request) });
    const status = statuses[request.url ?? ''] ?? 201;
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  });
  const variables = { ...process.env };
  const realFetch = globalThis.fetch;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // The local server takes the place of the push service.
    globalThis.fetch = (input, init) =>
      realFetch(typeof input === 'string' ? input.replace(PUSH_SERVICE, url) : input, init);
    Object.assign(process.env, {
      VAPID_KEYS_SECRET: 'vapid',
      VAPID_SUBJECT: 'mailto:chat@example.com',
      WEBHOOK_KEY_SECRET: 'webhook',
      WEBHOOK_URL: `${url}/hook`,
      SERVER_API_URL: `${url}/v1`,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-central-1',
    });
  });
  beforeEach(() => {
    requests = [];
    statuses = {};
  });
  afterAll(() => {
    globalThis.fetch = realFetch;
    process.env = variables;
    server.close();
  });

  const browser = createPushReceiver();
  const device = (path: string, host = PUSH_SERVICE) => ({
    ...{ deviceId: `id-of-${path}`, endpoint: `${host}/${path}`, keys: browser.keys },
  });
  const missedOn = (...devices: object[]) => ({ ...sample, detail: { ...sample.detail, devices } });
  const urls = () => requests.map(({ request }) => `${request.method} ${request.url}`).sort();

  describe('push', () => {
    it('sends an encrypted notification to each device, signed with the VAPID key', async () => {
      await push(missedOn(device('phone'), device('laptop')));
      expect(urls()).toEqual(['POST /laptop', 'POST /phone']);
      const [{ request, body } = { request: {} as IncomingMessage, body: Buffer.of() }] = requests;
      expect(request.headers).toMatchObject({
        'content-encoding': 'aes128gcm',
        ttl: '86400',
        topic: expect.stringMatching(/^[\w-]{1,32}$/),
      });
      expect(JSON.parse(browser.decrypt(body))).toEqual({
        ...{ room: '483920117', name: 'Tea kitchen', from: sample.detail.from.username },
      });
      const [, token = '', key = ''] =
        /^vapid t=(.+), k=(.+)$/.exec(request.headers.authorization ?? '') ?? [];
      expect(key).toBe(vapidKeys.publicKey);
      const point = Buffer.from(key, 'base64url');
      const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
      const jwk = { kty: 'EC', crv: 'P-256', x, y };
      const { payload } = await jwtVerify(token, createPublicKey({ key: jwk as never, format: 'jwk' }));
      expect(payload).toMatchObject({ aud: PUSH_SERVICE, sub: 'mailto:chat@example.com' });
    });

    it.each([404, 410])('removes a device whose push service answers %i', async (status) => {
      statuses = { '/old': status };
      await push(missedOn(device('old'), device('new')));
      const { userId } = sample.detail;
      expect(urls()).toEqual([`DELETE /v1/users/${userId}/devices/id-of-old`, 'POST /new', 'POST /old']);
      const removal = requests.find(({ request }) => request.method === 'DELETE');
      expect(removal?.request.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
    });

    it.each([429, 503])('fails after the other devices if a push service answers %i', async (status) => {
      statuses = { '/busy': status };
      await expect(push(missedOn(device('busy'), device('new')))).rejects.toThrow(
        `fcm.googleapis.com returned ${status}.`,
      );
      expect(urls()).toEqual(['POST /busy', 'POST /new']);
    });

    it('does not repeat a request that a push service rejects', async () => {
      const error = jest.spyOn(console, 'error').mockImplementation(() => undefined);
      statuses = { '/rejected': 403 };
      await push(missedOn(device('rejected')));
      expect(error).toHaveBeenCalledWith(expect.stringContaining('fcm.googleapis.com returned 403.'));
      error.mockRestore();
    });

    it('fails if the keys of the deployment are not valid', async () => {
      secrets.vapid = JSON.stringify({ publicKey: 'none', privateKey: 'none' });
      await expect(push(missedOn(device('phone')))).rejects.toThrow();
      secrets.vapid = JSON.stringify(vapidKeys);
      expect(requests).toEqual([]);
    });

    it('sends nothing to unknown hosts, follows no redirection, and needs no keys without devices', async () => {
      const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
      const badKey = { ...device('bad'), keys: { ...browser.keys, p256dh: 'B'.repeat(87) } };
      await push(missedOn(device('metadata', 'https://169.254.169.254'), badKey));
      expect(warn.mock.calls.flat()).toEqual([
        'Not a push subscription of a known push service: 169.254.169.254',
        'Not a push subscription of a known push service: fcm.googleapis.com',
      ]);
      const path = `/v1/users/${sample.detail.userId}/devices`;
      expect(urls()).toEqual([`DELETE ${path}/id-of-bad`, `DELETE ${path}/id-of-metadata`]);
      requests = [];
      warn.mockRestore();
      statuses = { '/moved': 302 };
      await expect(push(missedOn(device('moved')))).rejects.toThrow();
      await push(missedOn());
      expect(urls()).toEqual(['POST /moved']);
    });
  });

  describe('webhook', () => {
    it('sends the event without devices, with a signature that the receiver can verify', async () => {
      await webhook(sample);
      const [{ request, body } = { request: {} as IncomingMessage, body: Buffer.of() }] = requests;
      expect(urls()).toEqual(['POST /hook']);
      const { devices: _, ...data } = sample.detail;
      expect(JSON.parse(body.toString())).toEqual({
        type: 'message.missed',
        timestamp: expect.any(String),
        data,
      });
      const { headers } = request;
      expect(headers['webhook-id']).toBe(`${data.messageId}.${data.userId}`);
      expect(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']))).toBeLessThan(60);
      const expected = createHmac('sha256', Buffer.from(webhookKey, 'base64'))
        .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`)
        .update(body)
        .digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    });

    it.each([302, 404, 500])(
      'fails if the receiver answers %i, so that Lambda repeats it',
      async (status) => {
        statuses = { '/hook': status };
        await expect(webhook(sample)).rejects.toThrow();
        expect(urls()).toEqual(['POST /hook']);
      },
    );
  });
});
