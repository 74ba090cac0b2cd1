import { UnsupportedError } from '../src/core/service';
import { createEvents } from '../src/events';
import { createLambda } from '../src/lambda';
import { createSqs } from '../src/sqs';

const location = { region: 'us-east-1', accountId: '123456789012' };
const noop = async () => undefined;
const events = createEvents({ buses: [], rules: [], ...location, deliver: noop, deadLetter: noop });
const sqs = createSqs({ queues: [], ...location });
const lambda = createLambda({
  functions: [],
  root: __dirname,
  awsPort: () => 1,
  ...location,
  environment: () => ({}),
  log: () => undefined,
});

describe('invalid calls', () => {
  it.each([
    ['events', events],
    ['sqs', sqs],
    ['lambda', lambda],
  ])('%s rejects an action with the name of an inherited property', async (_name, service) => {
    await expect(service.call('constructor', {}, {})).rejects.toThrow(UnsupportedError);
  });

  it('PutEvents rejects an entry that is not an object', async () => {
    await expect(events.call('PutEvents', { Entries: [null] }, {})).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  it.each([1e15, -1, 'today'])('PutEvents rejects an entry with the time %s', async (Time) => {
    const entry = { Source: 'a', DetailType: 'b', Detail: '{}', Time };
    const { Entries } = await events.call('PutEvents', { Entries: [entry] }, {});
    expect(Entries).toMatchObject([{ ErrorCode: 'InvalidArgument' }]);
  });
});
