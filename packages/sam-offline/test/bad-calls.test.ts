import { UnsupportedError } from '../src/core/service';
import { createEvents } from '../src/events';
import { createLambda } from '../src/lambda';
import { createSqs } from '../src/sqs';

const place = { region: 'us-east-1', accountId: '123456789012' };
const nothing = async () => undefined;
const events = createEvents({ buses: [], rules: [], ...place, deliver: nothing, deadLetter: nothing });
const sqs = createSqs({ queues: [], ...place });
const lambda = createLambda({
  functions: [],
  root: __dirname,
  ...place,
  environment: () => ({}),
  log: () => undefined,
});

describe('calls that make no sense', () => {
  it.each([
    ['events', events],
    ['sqs', sqs],
    ['lambda', lambda],
  ])('%s has no action by the name of an inherited member', async (_name, service) => {
    await expect(service.call('constructor', {}, {})).rejects.toThrow(UnsupportedError);
  });

  it('PutEvents refuses an entry that is none', async () => {
    await expect(events.call('PutEvents', { Entries: [null] }, {})).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  it.each([1e15, -1, 'today'])('PutEvents fails an entry with the time %s', async (Time) => {
    const entry = { Source: 'a', DetailType: 'b', Detail: '{}', Time };
    const { Entries } = await events.call('PutEvents', { Entries: [entry] }, {});
    expect(Entries).toMatchObject([{ ErrorCode: 'InvalidArgument' }]);
  });
});
