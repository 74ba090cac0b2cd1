import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTemplate } from 'sam-offline';
import { creditUnits, FREE_RECIPIENTS } from '../../chat/limits/charge-action';
import { resourcesOf } from '../../testbed/template';
import { REFERENCES } from '../comparison/designs';
import {
  ATTACKS,
  type AttackCost,
  type AttackName,
  combineAttacks,
  listAttackCosts,
  readLimits,
} from '../cost/attacks';
import { createBill, createReferenceBill, totalOf } from '../cost/bill';
import { comparePrices } from '../cost/console-price';
import { formatDollars, renderTables } from '../cost/document';
import {
  CALL_MS,
  FUNCTION_USES,
  type FunctionUse,
  functionMs,
  postBatchMs,
  REFERENCE_DURATIONS,
  workflowMs,
} from '../cost/durations';
import { computeIdleCost } from '../cost/idle';
import { compareRecords, readRecord, root } from '../cost/record';
import { countUsage, type Snapshot, type Usage } from '../cost/usage';
import { replaceSection } from '../generated-section';
import { POST_MEMORY_MB } from '../scale/assumptions';
import { simulateDelivery } from '../scale/simulate';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

const usage: Usage = {
  framesIn: 1,
  deliveries: 10,
  replies: 1,
  writeUnits: 8,
  readUnits: 4,
  events: 1,
  executions: 1,
  invocations: { SendmessageFunction: 1, PostFunction: 1 },
  logBytes: 1024 ** 2,
  bytesOut: 2 ** 20,
};
const memory = { megabytes: { SendmessageFunction: 1024, PostFunction: 2048 }, postConcurrency: 5 };

describe('countUsage', () => {
  it('divides the increase of each count by the number of messages', () => {
    const metric = (
      namespace: string,
      name: string,
      sum: number,
      dimensions: Record<string, string> = {},
    ) => ({
      namespace,
      name,
      sum,
      dimensions,
    });
    const before: Snapshot = {
      metrics: [metric('AWS/Lambda', 'Invocations', 5, { FunctionName: 'send' })],
      calls: { 'events.PutEvents': 3 },
      logBytes: 100,
      bytesOut: 1000,
      consoleLines: [],
    };
    const after: Snapshot = {
      metrics: [
        metric('AWS/Lambda', 'Invocations', 7, { FunctionName: 'send' }),
        metric('AWS/Lambda', 'Invocations', 4, { FunctionName: 'post' }),
        metric('AWS/ApiGateway', 'MessageCount', 2 * (1 + 10 + 1)),
        metric('AWS/DynamoDB', 'ConsumedWriteCapacityUnits', 12, { TableName: 'a' }),
        metric('AWS/DynamoDB', 'ConsumedWriteCapacityUnits', 4, { TableName: 'b' }),
        metric('AWS/DynamoDB', 'ConsumedReadCapacityUnits', 7),
        metric('AWS/States', 'ExecutionsStarted', 2),
      ],
      calls: { 'events.PutEvents': 5 },
      logBytes: 300,
      bytesOut: 9000,
      consoleLines: [],
    };
    const names = new Map([
      ['send', 'Send'],
      ['post', 'Post'],
      ['join', 'Join'],
    ]);
    expect(countUsage([before, after], { deliveries: 10, messages: 2 }, names)).toEqual({
      framesIn: 1,
      deliveries: 10,
      replies: 1,
      writeUnits: 8,
      readUnits: 3.5,
      events: 1,
      executions: 1,
      invocations: { Send: 1, Post: 2 },
      logBytes: 100,
      bytesOut: 4000,
    });
  });
});

describe('createBill', () => {
  it('multiplies counts by prices', () => {
    const { functions, workflow, logs, transfer, ...bill } = createBill(usage, memory);
    const expected = { delivery: 10, frames: 2, writes: 5, reads: 0.5, events: 1, traces: 0.25 };
    for (const [part, price] of Object.entries(expected))
      expect(bill).toHaveProperty(part, expect.closeTo(price));
    const sendMs = functionMs(FUNCTION_USES.SendmessageFunction as FunctionUse, 1024);
    const gigabyteSeconds = (sendMs + postBatchMs(10, 5, 2048) * 2) / 1000;
    expect(functions).toBeCloseTo(0.4 + gigabyteSeconds * 13.3334);
    const hours = workflowMs(10, postBatchMs(10, 5, 2048)) / 3_600_000;
    expect(workflow).toBeCloseTo(1 + hours * (64 / 1024) * 0.06 * 1e6);
    expect(logs).toBeCloseTo((1 / 1024) * 0.5 * 1e6);
    expect(transfer).toBeCloseTo((1 / 1024) * 0.09 * 1e6);
  });

  it('throws an error for a function without a CPU time', () => {
    const counts = { ...usage, invocations: { ...usage.invocations, NewFunction: 1 } };
    expect(() => createBill(counts, memory)).toThrow('The CPU time of NewFunction is not in FUNCTION_USES.');
  });
});

describe('createReferenceBill', () => {
  it('multiplies counts by prices, without traces', () => {
    const counts = { ...usage, events: 0, invocations: { SendFunction: 1, PostFunction: 10 } };
    const megabytes = { SendFunction: 512, PostFunction: 512 };
    const durations = REFERENCE_DURATIONS['per-socket'](10, 512);
    const { SendFunction = 0, PostFunction = 0 } = durations.functions;
    const gigabyteSeconds = ((SendFunction + 10 * PostFunction) * 0.5) / 1000;
    const bill = createReferenceBill('per-socket', counts, megabytes);
    expect(bill).toMatchObject({ delivery: 10, frames: 2, events: 0, traces: 0 });
    expect(bill.functions).toBeCloseTo(11 * 0.2 + gigabyteSeconds * 13.3334);
    expect(bill.workflow).toBeCloseTo(1 + (durations.workflow / 3_600_000) * (64 / 1024) * 0.06 * 1e6);
  });
});

describe('comparePrices', () => {
  const line = (service: string, name: string, dollars: number) => ({ service, usage: name, price: dollars });
  const lines = [
    line('API Gateway', 'WebSocket messages', 24e-6),
    line('Lambda', 'requests', 0.8e-6),
    line('DynamoDB', 'write units', 10e-6),
    line('DynamoDB', 'read units', 1e-6),
    line('EventBridge', 'events', 2e-6),
    line('Step Functions', 'Express executions', 2e-6),
    line('CloudWatch Logs', 'GB', 2 * 0.5 * 2 ** -10),
    line('Data transfer', 'GB of frames to clients', 2 * 0.09 * 2 ** -10),
    line('Lambda', 'GB-seconds', 9),
    line('SQS', 'requests', 9),
  ];

  it('returns undefined if the console and the counts result in equal prices', () => {
    expect(comparePrices(usage, [[], lines], 2)).toBeUndefined();
    expect(comparePrices(usage, [lines, [...lines, ...lines]], 2)).toBeUndefined();
  });

  it('reports a difference between the console and the counts', () => {
    const before = [line('DynamoDB', 'write units', 20e-6)];
    expect(comparePrices(usage, [before, lines], 2)).toBe(
      'The console shows $586.07 for a million messages, without durations. Their counts cost $596.07.',
    );
  });
});

describe('durations', () => {
  it('divides the CPU time by the number of vCPUs for the memory', () => {
    const use = { cpuMs: 10, calls: 5 };
    expect(functionMs(use, 1769)).toBeCloseTo(5 * CALL_MS + 10);
    expect(functionMs(use, 1769 / 2)).toBeCloseTo(5 * CALL_MS + 20);
  });

  it('estimates about the same batch duration as the delivery simulation', async () => {
    const { gbSeconds } = await simulateDelivery({ members: 250, seed: 2 });
    const simulatedMs = (1000 * gbSeconds) / (POST_MEMORY_MB / 1024);
    const ratio = postBatchMs(250, 50, POST_MEMORY_MB) / simulatedMs;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });

  it('bills the workflow in steps of 100 ms', () => {
    expect(workflowMs(10, 40)).toBe(100);
    expect(workflowMs(1000, 160)).toBe(300);
  });

  it('adds up the latencies of sequential posts, but not of concurrent posts', () => {
    const durationOf = (name: 'in-sequence' | 'at-once', members: number) =>
      REFERENCE_DURATIONS[name](members, 1769).functions.SendFunction ?? 0;
    const inSequence = durationOf('in-sequence', 200) - durationOf('in-sequence', 100);
    expect(inSequence / 100).toBeGreaterThan(15); // the median latency
    const atOnce = durationOf('at-once', 200) - durationOf('at-once', 100);
    expect(atOnce / 100).toBeGreaterThan(0.5); // about the CPU time of an SDK call
    expect(atOnce / 100).toBeLessThan(1);
  });

  it('lengthens only the workflow, in rounds of 40 invocations, for the design with one invocation per socket', () => {
    const durationsOf = (members: number) => REFERENCE_DURATIONS['per-socket'](members, 512);
    expect(durationsOf(1000).functions).toEqual(durationsOf(10).functions);
    expect(durationsOf(40).workflow).toBe(100);
    expect(durationsOf(400).workflow).toBeGreaterThan(400);
  });
});

describe('listAttackCosts', () => {
  const { attacks, memory: recorded } = readRecord();

  it('limits the cost of all concurrent attacks from one address to 25 dollars per hour', () => {
    expect(attacks.map(({ name }) => name)).toEqual(Object.keys(ATTACKS));
    expect(combineAttacks(attacks, recorded)).toBeLessThanOrEqual(25);
    for (const { label, one, hundred } of listAttackCosts(attacks, recorded)) {
      expect([label, one.dollars > 0]).toEqual([label, true]);
      expect(one.dollars).toBeLessThanOrEqual(combineAttacks(attacks, recorded));
      expect(hundred.dollars).toBeGreaterThanOrEqual(one.dollars);
    }
  });

  it('finds no room size in which messages alone cost more', () => {
    const { unitsPerSecond, routeRates } = readLimits();
    const rate = routeRates.get('sendmessage') ?? 0;
    const dollars = (name: AttackName) => {
      const { one } = listAttackCosts(attacks, recorded)[Object.keys(ATTACKS).indexOf(name)] as AttackCost;
      return one.dollars / one.rate / 3600;
    };
    const [smallest, most] = [dollars('smallFanOut'), combineAttacks(attacks, recorded)];
    const perMember = (dollars('fanOut') - smallest) / ((ATTACKS.fanOut.deliveries ?? 0) - FREE_RECIPIENTS);
    for (let members = FREE_RECIPIENTS; members <= 300; members += 1) {
      const messages = Math.min(rate, unitsPerSecond / creditUnits(1, members));
      const price = smallest + perMember * (members - FREE_RECIPIENTS);
      expect(messages * price * 3600).toBeLessThan(most);
    }
  });

  it('combines the requests with the highest price per unit, up to the rates of their routes', () => {
    const price = (name: AttackName) => attacks.filter((attack) => attack.name === name);
    const single = (name: AttackName) => combineAttacks(price(name), recorded);
    const listed = (name: AttackName) => listAttackCosts(price(name), recorded)[0]?.one.dollars;
    for (const name of ['history', 'joins', 'connections', 'rejections', 'refusals'] as const)
      expect(single(name)).toBeCloseTo(listed(name) ?? 0);
    const both = combineAttacks([...price('history'), ...price('connections')], recorded);
    // History requests use 400 of 480 units. Connections use the remaining 80 units.
    expect(both).toBeCloseTo(single('history') + (single('connections') * 80) / 480);
  });
});

describe('compareRecords', () => {
  const record = (changes: Partial<Usage>, typing: Partial<Usage> = {}) => ({
    bytes: 200,
    memory,
    rooms: [{ members: 10, usage: { ...usage, ...changes } }],
    texts: [],
    typing: { members: 10, usage: { ...usage, ...typing } },
    features: [],
    attacks: [],
    references: [],
  });

  it('lists counts that differ, including functions', () => {
    const counted = record({
      writeUnits: 9,
      logBytes: usage.logBytes * 1.2,
      invocations: { PostFunction: 1, Other: 1 },
    });
    expect(compareRecords(record({}), counted)).toEqual([
      'room of 10: writeUnits was 8, is 9',
      `room of 10: logBytes was ${usage.logBytes}, is ${usage.logBytes * 1.2}`,
      'room of 10: SendmessageFunction was 1, is 0',
      'room of 10: Other was 0, is 1',
    ]);
    expect(compareRecords({ ...record({}), rooms: [] }, counted)).toEqual(['room of 10: not recorded']);
  });

  it('also compares typing indicators', () => {
    expect(compareRecords(record({}), record({}, { readUnits: 5 }))).toEqual([
      'typing: readUnits was 4, is 5',
    ]);
  });

  it('tolerates small differences', () => {
    expect(compareRecords(record({}), record({ writeUnits: 8.2, logBytes: usage.logBytes * 1.05 }))).toEqual(
      [],
    );
  });
});

describe('the simulation', () => {
  it('assumes the memory of the post function', () => {
    expect(POST_MEMORY_MB).toBe(readRecord().memory.megabytes.PostFunction);
  });
});

describe('the recorded counts', () => {
  const { rooms, texts, references, memory } = readRecord();

  it('contains the memory size of each function in the template', () => {
    const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
    const megabytes = functions.map(({ logicalId, memoryMb }) => [logicalId, memoryMb]);
    expect(memory.megabytes).toEqual(Object.fromEntries(megabytes));
  });

  it('contains more write units for larger texts, up to the default of MaxTextBytes', () => {
    const small = rooms.find(({ members }) => members === texts[0]?.members)?.usage;
    const units = [small, ...texts.map((text) => text.usage)].map((each) => each?.writeUnits ?? 0);
    expect(units).toEqual([...units].sort((a, b) => a - b));
    expect(new Set(units).size).toBe(units.length);
    const { MaxTextBytes } = resourcesOf(join(root, 'template.yaml'), 'Parameters');
    expect(MaxTextBytes).toMatchObject({ Default: texts.at(-1)?.bytes });
  });

  it('contains one delivery per member and no writes, events or acknowledgements for reference designs', () => {
    expect(references.map(({ name }) => name)).toEqual(REFERENCES.map(({ name }) => name));
    for (const { rooms } of references) {
      for (const { members, usage } of rooms) {
        expect(usage).toMatchObject({ deliveries: members, replies: 0, writeUnits: 0, events: 0 });
      }
    }
  });

  it('contains one invocation per member only for the design with one invocation per socket', () => {
    const invocations = references.map(({ name, rooms }) => [name, rooms[0]?.usage.invocations]);
    expect(Object.fromEntries(invocations)).toEqual({
      'in-sequence': { SendFunction: 1 },
      'at-once': { SendFunction: 1 },
      'per-socket': { SendFunction: 1, PostFunction: rooms[0]?.members },
    });
  });
});

describe('the documents', () => {
  const { rooms, memory } = readRecord();
  const total = (members: number) => {
    const room = rooms.find((each) => each.members === members);
    return room ? formatDollars(totalOf(createBill(room.usage, memory))) : 'nothing';
  };
  const idle = `$${computeIdleCost().dollars.total.toFixed(2)} per month`;

  it('shows the recorded counts and the current prices', () => {
    const page = read('docs/costs.md');
    expect(page).toBe(replaceSection(page, 'cost', renderTables(readRecord())));
  });

  it.each(['README.md', 'docs/faq.md'])('%s contains the cost of a room of 10 and an idle stack', (path) => {
    expect(read(path)).toContain(total(10));
    expect(read(path)).toContain(idle);
  });

  it('shows an idle cost of at most $3 per month', () => {
    expect(computeIdleCost().dollars.total).toBeLessThanOrEqual(3);
  });

  it('contains the cost of a room of 1,000 and an idle stack', () => {
    expect(read('docs/faq.md')).toContain(total(1000));
    expect(read('docs/costs.md')).toContain(`**${idle}**`);
  });
});
