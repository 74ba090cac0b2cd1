import type { UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { ShortLogFormatter } from './observability';

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

const runWithTrace = (sampled: 0 | 1) => {
  process.env._X_AMZN_TRACE_ID = `Root=1-6b03bf4a-3e5443199485ccd5e19f7d89;Parent=53995c3f42cd8ad8;Sampled=${sampled}`;
};

afterEach(() => {
  delete process.env._X_AMZN_TRACE_ID;
});

describe('log line', () => {
  it('contains the fields that the saved queries use, and no ARN', () => {
    runWithTrace(0);
    expect(format({}, { messageId: 'm1' })).toEqual({
      level: 'INFO',
      message: 'Posted',
      timestamp: '2026-11-23T04:00:00.000Z',
      service: 'roomcast',
      function_name: 'roomcast-Post',
      function_request_id: '0f95ea27-ec8e-4069-b0b7-6691a3ebe063',
      messageId: 'm1',
    });
  });

  it('contains the trace ID if the trace is sampled', () => {
    runWithTrace(1);
    expect(format()).toMatchObject({ xray_trace_id: '1-6b03bf4a-3e5443199485ccd5e19f7d89' });
  });

  it('contains cold_start for a cold start', () => {
    const lambdaContext = { ...attributes.lambdaContext, coldStart: true } as never;
    expect(format({ lambdaContext })).toMatchObject({ cold_start: true });
  });

  it('contains the sampling rate if there is one', () => {
    expect(format({ sampleRateValue: 0.1 })).toMatchObject({ sampling_rate: 0.1 });
  });

  it('can be written before the first invocation', () => {
    const line = format({ lambdaContext: undefined, xRayTraceId: undefined });
    expect(Object.keys(line)).toEqual(['level', 'message', 'timestamp', 'service']);
  });
});
