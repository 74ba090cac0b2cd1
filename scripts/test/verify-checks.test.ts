import recorded from '../../tests/support/stack-facts.json';
import { checks } from '../verify-aws/checks';
import type { Facts } from '../verify-aws/facts';

// What the services of a stack said that was deployed to the emulator, with what the emulator leaves out (TTL, the
// workflow's tracing and logging) as AWS documents it.
const healthy = () => structuredClone(recorded) as unknown as Required<Facts>;
const complaintsOf = (facts: Facts) =>
  checks.filter(({ complaint }) => complaint(facts as Required<Facts>) !== undefined).map(({ name }) => name);

/** A stack broken in one way, and the one check that has to see it. */
const broken: [string, (facts: Required<Facts>) => void][] = [
  [
    'both tables are billed by request',
    ({ tables }) => Object.assign(tables.ChatTable as object, { billing: 'PROVISIONED' }),
  ],
  [
    'both tables let expired items go',
    ({ tables }) => Object.assign(tables.ConnectionsTable as object, { ttl: { status: 'DISABLED' } }),
  ],
  [
    "a room's connections are found by RoomIndex",
    ({ tables }) => Object.assign(tables.ConnectionsTable as object, { indexes: [] }),
  ],
  [
    'sessions are listed by SessionIndex',
    ({ tables }) => {
      const index = tables.ChatTable?.indexes[0];
      Object.assign(index as object, { status: 'CREATING' });
    },
  ],
  ['the workflow is an Express one', ({ machine }) => Object.assign(machine, { type: 'STANDARD' })],
  ['the workflow is traced', ({ machine }) => Object.assign(machine, { tracing: false })],
  [
    'the workflow logs its errors, without what people write, to a group whose logs AWS delivers',
    ({ machine }) => Object.assign(machine, { logsData: true }),
  ],
  [
    'every route is there, with a function that API Gateway may invoke',
    ({ functions }) => Object.assign(functions.HistoryFunction as object, { policy: undefined }),
  ],
  [
    'both spellings of sendmessage go to the same function',
    ({ api }) => Object.assign(api.routes, { sendMessage: `${api.routes.sendmessage} ` }),
  ],
  ['the stage deploys changes by itself', ({ api }) => Object.assign(api.stage, { autoDeploy: false })],
  [
    'every function is traced, on the runtime that the template names',
    ({ functions }) => Object.assign(functions.PostFunction as object, { tracing: 'PassThrough' }),
  ],
  [
    'every function writes into a log group of the stack, which is kept for a time',
    ({ logGroups }) => {
      for (const group of logGroups) group.days = undefined;
    },
  ],
  [
    'events are delivered in time, and kept when they are not',
    ({ targets }) => Object.assign(targets[0] as object, { deadLetters: undefined }),
  ],
  [
    "the bus's rules may write to the dead-letter queue, and nobody else's",
    ({ queue }) => Object.assign(queue, { policy: '{"Statement":[]}' }),
  ],
];

describe('the checks of npm run verify:aws', () => {
  it('find nothing wrong with a stack that is as it should be', () => {
    expect(complaintsOf(healthy())).toEqual([]);
  });

  it('are each shown to fail', () => {
    expect(broken.map(([name]) => name)).toEqual(checks.map(({ name }) => name));
  });

  it.each(broken)('%s: is seen where it is broken, and by this check alone', (name, breakIt) => {
    const facts = healthy();
    breakIt(facts);
    expect(complaintsOf(facts)).toEqual([name]);
  });

  it.each([
    ['a route is missing', 'history'],
    ['the other spelling is missing', 'sendMessage'],
  ])('see that %s', (_, key) => {
    const facts = healthy();
    delete facts.api.routes[key];
    expect(complaintsOf(facts)).toContain(
      'every route is there, with a function that API Gateway may invoke',
    );
  });
});
