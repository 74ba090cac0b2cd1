import type { UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { ShortLogFormatter } from '../../functions/handlers/log-formatter';

const attributes = {
  logLevel: 'INFO',
  message: 'Posted',
  timestamp: new Date('2026-11-23T04:00:00.000Z'),
  serviceName: 'roomcast',
  awsRegion: 'eu-west-1',
  environment: '',
  xRayTraceId: '1-6b03bf4a-3e5443199485ccd5e19f7d89',
  sampleRateValue: 0,
  lambdaContext: {
    coldStart: false,
    functionName: 'roomcast-Post',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:roomcast-Post',
    memoryLimitInMB: 512,
    awsRequestId: '0f95ea27-ec8e-4069-b0b7-6691a3ebe063',
  },
} as unknown as UnformattedAttributes;

const format = (changes: Partial<UnformattedAttributes> = {}, more = {}) => {
  const item = new ShortLogFormatter().formatAttributes({ ...attributes, ...changes }, more);
  item.prepareForPrint();
  return item.getAttributes();
};

describe('a log line', () => {
  it('contains the fields that the saved queries read, and no ARN', () => {
    expect(format({}, { messageId: 'm1' })).toEqual({
      level: 'INFO',
      message: 'Posted',
      timestamp: '2026-11-23T04:00:00.000Z',
      service: 'roomcast',
      cold_start: false,
      function_name: 'roomcast-Post',
      function_request_id: '0f95ea27-ec8e-4069-b0b7-6691a3ebe063',
      xray_trace_id: '1-6b03bf4a-3e5443199485ccd5e19f7d89',
      messageId: 'm1',
    });
  });

  it('contains the sampling rate if there is one', () => {
    expect(format({ sampleRateValue: 0.1 })).toMatchObject({ sampling_rate: 0.1 });
  });

  it('is complete before the first invocation', () => {
    const line = format({ lambdaContext: undefined, xRayTraceId: undefined });
    expect(Object.keys(line)).toEqual(['level', 'message', 'timestamp', 'service']);
  });
});
