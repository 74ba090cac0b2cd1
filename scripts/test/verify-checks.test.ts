import { checks } from '../verify-aws/checks';
import type { StackConfiguration } from '../verify-aws/configuration';
import recorded from './stack-configuration.json';

// The configuration was recorded from a stack on the emulator. The emulator omits TTL, point-in-time recovery, and the tracing
// and logging of the workflow. They were added in the format of the AWS documentation. Newer functions were added in the format
// of the recorded functions.
const healthy = () => structuredClone(recorded) as unknown as Required<StackConfiguration>;
const failuresOf = (configuration: StackConfiguration) =>
  checks
    .filter(({ findFailure }) => findFailure(configuration as Required<StackConfiguration>) !== undefined)
    .map(({ name }) => name);

/** For each check, a configuration change that only this check detects. */
const broken: [string, (configuration: Required<StackConfiguration>) => void][] = [
  [
    'both tables use on-demand billing',
    ({ tables }) => Object.assign(tables.ChatTable as object, { billing: 'PROVISIONED' }),
  ],
  [
    'both tables expire items by TTL',
    ({ tables }) => Object.assign(tables.ConnectionsTable as object, { ttl: { status: 'DISABLED' } }),
  ],
  [
    'the chat table can be restored to a point in time',
    (configuration) => Object.assign(configuration, { pointInTimeRecovery: 'DISABLED' }),
  ],
  [
    'the connections table has RoomIndex',
    ({ tables }) => Object.assign(tables.ConnectionsTable as object, { indexes: [] }),
  ],
  [
    'the chat table has SessionIndex',
    ({ tables }) => {
      const index = tables.ChatTable?.indexes[0];
      Object.assign(index as object, { status: 'CREATING' });
    },
  ],
  ['the state machine is an Express workflow', ({ machine }) => Object.assign(machine, { type: 'STANDARD' })],
  ['the state machine has tracing enabled', ({ machine }) => Object.assign(machine, { tracing: false })],
  [
    'the state machine logs errors without execution data, to a vended log group',
    ({ machine }) => Object.assign(machine, { logsData: true }),
  ],
  [
    'every route has a function that API Gateway may invoke',
    ({ functions }) => Object.assign(functions.HistoryFunction as object, { policy: undefined }),
  ],
  [
    'sendmessage and sendMessage invoke the same function',
    ({ api }) => Object.assign(api.routes, { sendMessage: `${api.routes.sendmessage} ` }),
  ],
  ['the stage deploys changes automatically', ({ api }) => Object.assign(api.stage, { autoDeploy: false })],
  [
    'every function has the tracing mode of the stack and the runtime of the template',
    ({ functions }) => Object.assign(functions.PostFunction as object, { tracing: 'PassThrough' }),
  ],
  [
    'every function logs to a log group of the stack with a retention period',
    ({ logGroups }) => {
      for (const group of logGroups) group.days = undefined;
    },
  ],
  [
    'every rule limits the event age and uses the dead-letter queue',
    ({ targets }) => Object.assign(targets[0] as object, { deadLetters: undefined }),
  ],
  [
    'only the rules of the event bus may write to the dead-letter queue',
    ({ queue }) => Object.assign(queue, { policy: '{"Statement":[]}' }),
  ],
];

describe('npm run verify:aws checks', () => {
  it('finds no failure in a healthy stack', () => {
    expect(failuresOf(healthy())).toEqual([]);
  });

  it('tests a failure of each check', () => {
    expect(broken.map(([name]) => name)).toEqual(checks.map(({ name }) => name));
  });

  it.each(broken)('reports a failure only in: %s', (name, breakIt) => {
    const configuration = healthy();
    breakIt(configuration);
    expect(failuresOf(configuration)).toEqual([name]);
  });

  it('finds no failure in a stack with Tracing=PassThrough', () => {
    const configuration = healthy();
    configuration.tracing = 'PassThrough';
    for (const fn of Object.values(configuration.functions)) fn.tracing = 'PassThrough';
    expect(failuresOf(configuration)).toEqual([]);
  });

  it.each([
    ['the route of a function', 'history'],
    ['the second spelling of sendmessage', 'sendMessage'],
    ['one of several routes of a function', 'unban'],
  ])('reports a failure if %s is missing', (_, key) => {
    const configuration = healthy();
    delete configuration.api.routes[key];
    expect(failuresOf(configuration)).toContain('every route has a function that API Gateway may invoke');
  });
});
