import { parseDeadLetter } from '../admin/redrive/dead-letter';

const event = {
  source: 'roomcast',
  'detail-type': 'MessageSent',
  time: '2026-11-24T12:00:00Z',
  detail: { room: '483920117' },
};
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

describe('parseDeadLetter', () => {
  it('parses a dead letter from EventBridge', () => {
    const MessageAttributes = { RULE_ARN: text('arn:rule'), ERROR_CODE: text('NO_PERMISSIONS') };
    expect(parseDeadLetter({ Body: JSON.stringify(event), MessageAttributes })).toEqual({
      event,
      cause: 'EventBridge could not invoke the target: NO_PERMISSIONS',
    });
  });

  it('parses a dead letter from the workflow', () => {
    const MessageAttributes = { EXECUTION: text('arn:execution'), FAILURES: text('2') };
    expect(parseDeadLetter({ Body: JSON.stringify(event), MessageAttributes })).toEqual({
      event,
      cause: 'the workflow failed to process 2 pages, batches or clean-ups',
    });
  });

  it('parses a dead letter from Lambda', () => {
    const body = { requestContext: {}, requestPayload: event, responsePayload: { errorType: 'Timeout' } };
    expect(parseDeadLetter({ Body: JSON.stringify(body) })).toEqual({
      event,
      cause: 'the function failed: Timeout',
    });
  });

  it.each(['', '{', 'null', '[]', '{"requestPayload":{}}', JSON.stringify(event)])(
    'returns undefined for the body %j without message attributes',
    (Body) => {
      expect(parseDeadLetter({ Body })).toBeUndefined();
    },
  );
});
