import { randomUUID } from 'node:crypto';
import { EventBridgeClient, ListEventBusesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { callServerApi } from '../../scripts/server-api';
import type { Settings } from '../../scripts/settings';
import { copyAppWithChange } from '../../testbed/app-copy';
import { ChatConnection, createGuestSecret } from '../../testbed/chat-clients';
import { Client, eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { findFiringAlarms, readAlarms, readMetrics } from '../support/alarms';
import { describeLocallyAtLength, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';
import { makeStale } from '../support/stale-connection';

const alarms = readAlarms();
const FUNCTION = 'FunctionName';
/** The number of members and messages before each provocation. They cause 400 successful deliveries. */
const [MEMBERS, MESSAGES] = [20, 20];

interface Conversation {
  readonly stack: Stack;
  readonly ada: ChatConnection;
  readonly room: string;
}

const sendMessage = ({ ada, room }: Conversation) =>
  ada.request('sendmessage', { room, text: 'hello', clientMsgId: randomUUID() });
const failing = (service: string, action: string, match?: string, error?: string) => ({
  service,
  action,
  kind: 'fail' as const,
  ...(match === undefined ? {} : { match }),
  ...(error === undefined ? {} : { error, status: 400 }),
});

/** A condition that makes an alarm fire. */
interface Provocation {
  readonly alarm: string;
  readonly cause: string;
  provoke(conversation: Conversation): Promise<unknown>;
}

/** Provocations that inject service faults. DeadLetterAlarm is first, because later faults also cause dead letters. */
const FAULTS: Provocation[] = [
  {
    alarm: 'DeadLetterAlarm',
    cause: 'a delivery to the workflow fails',
    async provoke(conversation) {
      await conversation.stack.addFault(
        failing('states', 'StartExecution', undefined, 'StateMachineDoesNotExist'),
      );
      expect(await sendMessage(conversation)).toMatchObject({ type: 'ack' });
    },
  },
  {
    alarm: 'FanOutFailedAlarm',
    cause: 'the workflow cannot invoke the post function',
    async provoke(conversation) {
      await conversation.stack.addFault(
        failing('lambda', 'Invoke', 'PostFunction', 'ResourceNotFoundException'),
      );
      expect(await sendMessage(conversation)).toMatchObject({ type: 'ack' });
    },
  },
  {
    alarm: 'DeliveryFailedAlarm',
    cause: 'EventBridge cannot start the workflow',
    async provoke(conversation) {
      await conversation.stack.addFault(
        failing('states', 'StartExecution', undefined, 'StateMachineDoesNotExist'),
      );
      expect(await sendMessage(conversation)).toMatchObject({ type: 'ack' });
    },
  },
  {
    alarm: 'DeliveryFailedAlarm',
    cause: 'EventBridge cannot invoke the disconnect function',
    async provoke({ stack, room }) {
      await stack.addFault(failing('lambda', 'Invoke', 'DisconnectFunction', 'ResourceNotFoundException'));
      await publishConnectionGone(stack, room);
    },
  },
  {
    alarm: 'IntegrationErrorsAlarm',
    cause: 'API Gateway cannot invoke a function',
    async provoke({ stack, room }) {
      await stack.addFault(failing('lambda', 'Invoke', 'HistoryFunction'));
      const client = await Client.open(stack.wsUrl, { protocols: ['roomcast.v1'] });
      client.send({ action: 'history', id: 'r', room });
      expect(await client.next((frame) => frame.includes('Internal server error'))).toBeTruthy();
      await client.close();
    },
  },
  {
    alarm: 'IntegrationErrorsAlarm',
    cause: 'the connect function rejects handshakes',
    provoke: ({ stack }) =>
      expect(Client.open(stack.wsUrl, { query: { room: '100000000' } })).rejects.toMatchObject({
        status: 404,
      }),
  },
  {
    alarm: 'DeliveryFailedAlarm',
    cause: 'the dead-letter queue rejects an event',
    async provoke(conversation) {
      await conversation.stack.addFault(
        failing('states', 'StartExecution', undefined, 'StateMachineDoesNotExist'),
      );
      await conversation.stack.addFault(failing('sqs', 'SendMessage'));
      expect(await sendMessage(conversation)).toMatchObject({ type: 'ack' });
    },
  },
  {
    alarm: 'FunctionErrorsAlarm',
    cause: 'the post function has no permission to post',
    async provoke({ stack, room }) {
      const client = await Client.open(stack.wsUrl, { query: { room }, protocols: ['roomcast.v1'] });
      await stack.addFault({
        ...failing('execute-api', 'PostToConnection', undefined, 'ForbiddenException'),
        status: 403,
      });
      client.send({ action: 'sendmessage', room, text: 'hello' });
    },
  },
  {
    alarm: 'FailureRateAlarm',
    cause: 'DynamoDB is unavailable',
    async provoke(conversation) {
      await conversation.stack.addFault(failing('dynamodb', 'BatchGetItem'));
      expect(await sendMessage(conversation)).toMatchObject({ problem: { status: 503 } });
    },
  },
  {
    alarm: 'UndeliveredAlarm',
    cause:
      'the account reaches its request rate, so API Gateway throttles posts until the deadline of the batch',
    async provoke({ stack, room }) {
      const client = await Client.open(stack.wsUrl, { query: { room }, protocols: ['roomcast.v1'] });
      await stack.addFault({
        ...{ service: 'execute-api', kind: 'fail' },
        ...{ error: 'LimitExceededException', status: 429 },
      });
      client.send({ action: 'sendmessage', room, text: 'hello' });
    },
  },
  {
    alarm: 'SlowDeliveryAlarm',
    cause: 'EventBridge delivers late',
    async provoke(conversation) {
      await conversation.stack.addFault({
        service: 'states',
        action: 'StartExecution',
        kind: 'latency',
        medianMs: 3_000, // above the threshold, even though the clocks of functions differ by up to 0.6 s
      });
      await sendMessage(conversation);
    },
  },
];

/** Provocations that require other runtime options or changed code. */
const CHANGES: (Provocation & { start(): { args: string[]; settings?: Settings; remove?: () => void } })[] = [
  {
    alarm: 'FunctionErrorsAlarm',
    cause: 'a function crashes on startup',
    start() {
      const file = 'functions/post.ts';
      const { template, remove } = copyAppWithChange(
        file,
        'export const handler',
        'throw new Error("The function crashes on startup.");\nexport const handler',
      );
      return { args: ['--template', template], remove };
    },
    provoke: async (conversation) => expect(await sendMessage(conversation)).toMatchObject({ type: 'ack' }),
  },
  {
    alarm: 'IntegrationErrorsAlarm',
    cause: 'a function crashes on startup while a large room receives messages',
    start() {
      const file = 'functions/members.ts';
      const { template, remove } = copyAppWithChange(
        file,
        'export const handler',
        'throw new Error("The function crashes on startup.");\nexport const handler',
      );
      return { args: ['--template', template], remove };
    },
    async provoke(conversation) {
      const { stack, room } = conversation;
      await addMembers(conversation);
      await sendManyMessages(conversation);
      const client = await Client.open(stack.wsUrl, { protocols: ['roomcast.v1'] });
      client.send({ action: 'members', id: 'r', room });
      expect(await client.next((frame) => frame.includes('Internal server error'))).toBeTruthy();
      await client.close();
    },
  },
  {
    alarm: 'HttpApiErrorsAlarm',
    cause: 'the server API crashes on startup',
    start() {
      const { template, remove } = copyAppWithChange(
        'functions/api.ts',
        'export const handler',
        'throw new Error("The function crashes on startup.");\nexport const handler',
      );
      return { args: ['--template', template], remove };
    },
    provoke: async ({ stack }) => expect(await createRoomByApi(stack)).toBeGreaterThanOrEqual(500),
  },
  {
    alarm: 'HttpApiErrorsAlarm',
    cause: 'Lambda has no concurrency for the server API',
    start() {
      const { template, remove } = copyAppWithChange(
        'template.yaml',
        'Handler: functions/api.handler',
        'Handler: functions/api.handler\n      ReservedConcurrentExecutions: 0',
      );
      return { args: ['--template', template], remove };
    },
    provoke: async ({ stack }) => expect(await createRoomByApi(stack)).toBeGreaterThanOrEqual(500),
  },
  {
    alarm: 'FunctionThrottlesAlarm',
    cause: 'a fan-out needs more post functions than are reserved',
    start: () => ({ args: [], settings: { PostReservedConcurrency: 1, BatchSize: 1 } }),
    async provoke(conversation) {
      const { stack, room, ada } = conversation;
      for (let members = 1; members < 5; members += 1) {
        await ChatConnection.open(stack.wsUrl, createGuestSecret(), undefined, { room });
      }
      await eventually(async () => (await ada.request('members', { room })).members.length === 5);
      await sendMessage(conversation);
    },
  },
];

describeLocallyAtLength('alarm', 'metrics of AWS services that only the test provokes', () => {
  it('has a test that makes it fire', () => {
    const provoked = [...FAULTS, ...CHANGES].map(({ alarm }) => alarm);
    expect([...new Set(provoked)].sort()).toEqual(alarms.map(({ name }) => name).sort());
  });

  it('refers only to existing resources', () => {
    expect(alarms.filter(({ metrics }) => metrics.length === 0)).toEqual([]);
    for (const { metrics } of alarms) {
      for (const { dimensions } of metrics) {
        expect(Object.values(dimensions)).not.toContain(undefined);
        // Ref returns "bus|rule" for a rule on a custom bus, but the metric dimension contains only the rule name.
        expect(Object.values(dimensions).join()).not.toContain('|');
      }
    }
  });

  it.each(CHANGES)('$alarm fires if $cause', async ({ alarm, start, provoke }) => {
    const { args, settings, remove } = start();
    const stack = await startStack(args, { settings });
    try {
      const conversation = await openConversation(stack);
      const before = await readMetrics(stack.httpUrl);
      await provoke(conversation);
      await expectToFire(stack, before, alarm);
    } finally {
      await stack.kill();
      remove?.();
    }
  });

  describe('in the unmodified app', () => {
    let conversation: Conversation;
    let opened: StackUnderTest;
    let stack: Stack;

    beforeAll(async () => {
      opened = await stackUnderTest([], { MessageRate: 1000, MessageBurst: 1000 });
      stack = opened.local as Stack;
      conversation = await openConversation(stack);
      await addMembers(conversation);
    });
    afterEach(() => stack.clearFaults());
    afterAll(() => stack.kill());

    it('fires no alarm in normal operation', async () => {
      const { ada, room } = conversation;
      await useEveryAction(opened, conversation);
      const isIdle = async () => (await stack.underWay()) === 0;
      await eventually(isIdle);
      const now = await readMetrics(stack.httpUrl);
      const names = now.filter(({ sum }) => sum > 0).map(({ namespace, name }) => `${namespace} ${name}`);
      expect(names).toEqual(
        expect.arrayContaining([
          'AWS/Lambda Invocations',
          'AWS/Lambda Duration',
          'AWS/ApiGateway ConnectCount',
          'AWS/ApiGateway MessageCount',
          'AWS/Events Invocations',
          'AWS/States ExecutionsStarted',
          'AWS/States ExecutionsSucceeded',
        ]),
      );
      const invoked = now.filter(({ name, sum }) => name === 'Invocations' && sum > 0);
      expect(new Set(invoked.flatMap(({ dimensions }) => dimensions[FUNCTION] ?? [])).size).toBe(13);
      // A cold start on a busy machine can delay some deliveries by seconds.
      const findFiring = async () => findFiringAlarms(alarms, [], await readMetrics(stack.httpUrl));
      await eventually(async () => {
        await ada.request('sendmessage', { room, text: 'hello', clientMsgId: randomUUID() });
        await eventually(isIdle);
        return !(await findFiring()).includes('SlowDeliveryAlarm');
      });
      expect(await findFiring()).toEqual([]);
    });

    it('fires no alarm if posts to one member fail', async () => {
      const { room } = conversation;
      const bob = await Client.open(stack.wsUrl, { query: { room } });
      await waitForIndex(stack);
      const before = await readMetrics(stack.httpUrl);
      await sendManyMessages(conversation);
      await stack.addFault({
        ...{ service: 'execute-api', kind: 'fail', status: 500 },
        match: await bob.connectionId(),
      });
      await sendMessage(conversation);
      await eventually(async () => (await stack.underWay()) === 0);
      const firing = findFiringAlarms(alarms, before, await readMetrics(stack.httpUrl));
      expect(firing.filter((alarm) => alarm !== 'SlowDeliveryAlarm')).toEqual([]);
      stack.clearFaults();
      await bob.close();
    });

    it.each(FAULTS)('$alarm fires if $cause', async ({ alarm, provoke }) => {
      const before = await readMetrics(stack.httpUrl);
      await sendManyMessages(conversation);
      await provoke(conversation);
      await expectToFire(stack, before, alarm);
    });
  });
});

/** Adds members to the room, so that most frames in a test are deliveries. */
async function addMembers({ stack, room }: Conversation): Promise<void> {
  for (let members = 1; members < MEMBERS; members += 1)
    await ChatConnection.open(stack.wsUrl, createGuestSecret(), undefined, { room });
  await waitForIndex(stack);
}

/** Sends messages that are delivered, so that only a small share of the requests and posts in a test fail. */
async function sendManyMessages(conversation: Conversation): Promise<void> {
  for (let messages = 0; messages < MESSAGES; messages += 1)
    expect(await sendMessage(conversation)).toMatchObject({ type: 'ack' });
  await eventually(async () => (await conversation.stack.underWay()) === 0);
}

/** Waits until the metric values since `before` make the alarm fire. */
async function expectToFire(
  stack: Stack,
  before: Awaited<ReturnType<typeof readMetrics>>,
  alarm: string,
): Promise<void> {
  await eventually(async () =>
    findFiringAlarms(alarms, before, await readMetrics(stack.httpUrl)).includes(alarm),
  );
}

async function openConversation(stack: Stack): Promise<Conversation> {
  const ada = await ChatConnection.open(stack.wsUrl);
  return { stack, ada, room: (await ada.request('createRoom')).room };
}

/**
 * Invokes every function at least once. Uses all actions, a plain client, a stale connection, a broadcast and the server API.
 */
async function useEveryAction(opened: StackUnderTest, { stack, ada, room }: Conversation): Promise<void> {
  for (const action of ['history', 'members', 'ping']) await ada.request(action, { room });
  const bob = await ChatConnection.open(stack.wsUrl);
  for (const action of ['joinRoom', 'leaveRoom']) await bob.request(action, { room });
  bob.drop();
  const plain = await Client.open(stack.wsUrl, { query: { room } });
  await plain.connectionId();
  await plain.close();
  const stale = await Client.open(stack.wsUrl, { query: { room } });
  await makeStale(opened, stale, await stale.connectionId(), room);
  await ada.request('sendmessage', { room, text: 'hello', clientMsgId: randomUUID() });
  const response = await fetch(`${stack.httpUrl}/broadcastmessage`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${stack.broadcastKey}` },
    body: '{"message":"hello, everyone!"}',
  });
  expect(response.status).toBe(202);
  expect(await createRoomByApi(stack)).toBe(201);
}

/** Creates a room with the server API and returns the response status. */
async function createRoomByApi({ httpUrl: url, client }: Stack): Promise<number> {
  const { region = '', credentials = { accessKeyId: '', secretAccessKey: '' } } = client;
  return (await callServerApi({ url, region, credentials }, 'POST /v1/rooms', {})).status;
}

async function publishConnectionGone(stack: Stack, room: string): Promise<void> {
  const client = new EventBridgeClient(stack.client);
  const { EventBuses = [] } = await client.send(new ListEventBusesCommand({}));
  const detail = { version: 1, connectionId: 'L0SM9cOFvHcCIhw=', room, userId: 'g-1', username: 'Ada' };
  const { FailedEntryCount } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: EventBuses.find(({ Name }) => Name !== 'default')?.Name,
          Source: 'roomcast',
          DetailType: 'ConnectionGone',
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  expect(FailedEntryCount).toBe(0);
  client.destroy();
}
