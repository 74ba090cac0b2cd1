import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createTraceDaemon } from '../src/traces/daemon';
import { parseTraceHeader } from '../src/traces/header';
import { collectOutcomes } from '../src/traces/outcome';
import type { Segment } from '../src/traces/segment';
import { buildServiceMap } from '../src/traces/service-map';
import { TraceStore } from '../src/traces/store';
import type { TraceSummary } from '../src/traces/summary';
import { createXRay } from '../src/traces/xray';

const segment = (more: Partial<Segment> = {}): Segment => ({
  trace_id: '1-a',
  id: 'aaaaaaaaaaaaaaaa',
  name: 'root',
  start_time: 100,
  end_time: 101,
  ...more,
});

describe('parseTraceHeader', () => {
  it.each([
    ['Root=1-a;Parent=b;Sampled=1', { root: '1-a', parent: 'b', sampled: true }],
    ['Root=1-a;Parent=b;Sampled=0', { root: '1-a', parent: 'b', sampled: false }],
    [' Sampled=1 ; Root=1-a;Lineage=c:1', { root: '1-a', sampled: true, lineage: 'c:1' }],
    ['Root=1-a', { root: '1-a', sampled: false }],
    ['Sampled=1', undefined],
    [undefined, undefined],
  ])('parses %p', (header, expected) => expect(parseTraceHeader(header)).toEqual(expected));
});

describe('trace daemon', () => {
  it('receives documents over UDP in order and drops malformed datagrams', async () => {
    const documents: string[] = [];
    let all: () => void = () => undefined;
    const received = new Promise<void>((resolve) => {
      all = resolve;
    });
    const daemon = await createTraceDaemon((document) => {
      documents.push(document);
      if (documents.length === 100) all();
    });
    const [host, port] = daemon.address.split(':');
    const socket = createSocket('udp4');
    socket.connect(Number(port), host);
    await once(socket, 'connect');
    socket.send('no header line');
    for (let i = 0; i < 100; i += 1) socket.send(`{"format":"json","version":1}\n{"id":${i}}`);
    await received;
    socket.close();
    await daemon.close();
    expect(documents).toEqual(Array.from({ length: 100 }, (_, i) => `{"id":${i}}`));
  });
});

describe('TraceStore', () => {
  it('combines segments and text documents, and replaces a document with the same ID', () => {
    const traces = new TraceStore();
    traces.add(segment({ fault: true }));
    traces.receive(JSON.stringify(segment({ id: 'b', type: 'subsegment', parent_id: 'aaaaaaaaaaaaaaaa' })));
    traces.add(segment({ end_time: 102 }));
    traces.receive('{"trace_id":"1-a" malformed');
    traces.receive('{"id":"without a trace"}');
    expect(traces.documents('1-a')?.map(({ id }) => id)).toEqual(['aaaaaaaaaaaaaaaa', 'b']);
    expect(traces.list().traces).toEqual([
      expect.objectContaining({ id: '1-a', name: 'root', start: 100, duration: 2, spans: 2, fault: false }),
    ]);
  });

  it('uses the name of the earliest subsegment for a trace without a root segment', () => {
    const traces = new TraceStore();
    const subsegment = { type: 'subsegment', parent_id: 'aaaaaaaaaaaaaaaa' } as const;
    traces.add(segment({ ...subsegment, id: 'b', name: 'PutItem', start_time: 101 }));
    traces.add(segment({ ...subsegment, id: 'c', name: 'GetItem', start_time: 100 }));
    expect(traces.list().traces).toMatchObject([{ name: 'GetItem', hasRoot: false }]);
    traces.add(segment());
    expect(traces.list().traces).toMatchObject([{ name: 'root', hasRoot: true }]);
  });

  it('lists all traces, or only the traces that changed since a version, newest first', () => {
    const traces = new TraceStore();
    traces.add(segment({ trace_id: '1-a' }));
    traces.add(segment({ trace_id: '1-b' }));
    const { version, traces: all } = traces.list();
    expect(all.map(({ id }) => id)).toEqual(['1-b', '1-a']);
    traces.add(segment({ trace_id: '1-a', id: 'c', parent_id: 'aaaaaaaaaaaaaaaa' }));
    expect(traces.list({ limit: 1 }).traces.map(({ id }) => id)).toEqual(['1-b']);
    expect(traces.list({ limit: 5, skip: 1 }).traces.map(({ id }) => id)).toEqual(['1-a']);
    expect(traces.list({ after: version }).traces.map(({ id, spans }) => [id, spans])).toEqual([['1-a', 2]]);
  });

  it('keeps the newest 10,000 traces', () => {
    const traces = new TraceStore();
    for (let i = 0; i < 10_100; i += 1) traces.add(segment({ trace_id: `1-${i}` }));
    const { kept, traces: all } = traces.list();
    expect([kept, all.length, all.at(-1)?.id]).toEqual([10_000, 10_000, '1-100']);
    expect(traces.documents('1-99')).toBeUndefined();
  });

  it('keeps fewer traces if they are large', () => {
    const traces = new TraceStore();
    const fill = { metadata: { text: 'x'.repeat(1024 * 1024) } };
    for (let i = 0; i < 40; i += 1) traces.add(segment({ trace_id: `1-${i}`, ...fill }));
    expect(traces.list().kept).toBe(7); // each trace has slightly more than 1 MiB, and the limit is 8 MiB
    traces.receive(
      JSON.stringify(segment({ trace_id: '1-39', id: 'b', metadata: { text: 'x'.repeat(2 ** 25) } })),
    );
    expect(traces.list().traces).toMatchObject([{ id: '1-39', spans: 2 }]);
  });

  it('orders annotations by start time, and omits common annotations', () => {
    const traces = new TraceStore();
    traces.add(segment({ id: 'b', start_time: 101, annotations: { delivered: 3, room: 'other' } }));
    traces.add(segment({ id: 'a', annotations: { ColdStart: true, Service: 's', room: 'lobby' } }));
    expect(Object.entries(traces.list().traces[0]?.annotations ?? {})).toEqual([
      ['room', 'lobby'],
      ['delivered', 3],
    ]);
  });
});

describe('call outcomes', () => {
  const answered = (status: number) => ({ http: { response: { status } } });
  it.each<[string, Partial<Segment>, string | undefined]>([
    ['a successful call', answered(200), undefined],
    ['a failed call', { ...answered(503), fault: true }, 'fault'],
    ['code that throws an error', { fault: true }, 'fault'],
    [
      'a rejected call that the X-Ray SDK also marks as a fault',
      { ...answered(400), error: true, fault: true },
      'error',
    ],
    ['a rejected call without a status', { error: true }, 'error'],
    ['a throttled call', { ...answered(429), error: true, fault: true }, 'throttle'],
    [
      'a call that DynamoDB throttles with status 400',
      { ...answered(400), throttle: true, fault: true },
      'throttle',
    ],
  ])('classifies %s', (_, span, outcome) => {
    const called: Segment = segment({ ...span, id: 'call', namespace: 'aws', name: 'DynamoDB' });
    const traces = new TraceStore();
    traces.add(segment({ id: 'function', origin: 'AWS::Lambda', subsegments: [called] }));
    const documents = traces.documents('1-a') ?? [];
    expect(collectOutcomes(documents)).toEqual(outcome ? { call: outcome } : {});
    const { fault, error, throttle } = traces.list().traces[0] as TraceSummary;
    expect({ fault, error, throttle }).toEqual({
      fault: outcome === 'fault',
      error: outcome === 'error' || outcome === 'throttle',
      throttle: outcome === 'throttle',
    });
    const [, database] = buildServiceMap([documents]).nodes;
    expect(database).toMatchObject({
      faults: outcome === 'fault' ? 1 : 0,
      throttles: outcome === 'throttle' ? 1 : 0,
      errors: outcome === 'error' ? 1 : 0,
    });
  });
});

describe('expected rejections', () => {
  const REASONS = 'Transaction cancelled, please refer cancellation reasons for specific reasons';
  const rejected = (type: string, message = ''): Partial<Segment> => ({
    http: { response: { status: 400 } },
    error: true,
    fault: true,
    cause: { exceptions: [{ id: 'e1', type, message }] },
  });
  const run = (call: Partial<Segment>, owner: Partial<Segment> = {}): Segment[] => [
    segment({ id: 'service', origin: 'AWS::Lambda', name: 'send' }),
    segment({
      id: 'run',
      parent_id: 'service',
      origin: 'AWS::Lambda::Function',
      name: 'send',
      subsegments: [{ id: 'invocation', name: 'Invocation', start_time: 100, end_time: 101 }],
      ...owner,
    }),
    segment({
      id: 'call',
      type: 'subsegment',
      parent_id: 'invocation',
      namespace: 'aws',
      name: 'DynamoDB',
      ...call,
    }),
  ];

  it.each<[string, Partial<Segment>, string]>([
    ['a failed condition', rejected('ConditionalCheckFailedException'), 'expected'],
    ['a conflict with a transaction', rejected('TransactionConflictException'), 'expected'],
    [
      'a transaction that was canceled by conditions and conflicts',
      rejected(
        'TransactionCanceledException',
        `${REASONS} [None, ConditionalCheckFailed, TransactionConflict]`,
      ),
      'expected',
    ],
    [
      'a transaction that was canceled by an item that is too large',
      rejected(
        'TransactionCanceledException',
        `${REASONS} [ConditionalCheckFailed, ItemCollectionSizeLimitExceeded]`,
      ),
      'error',
    ],
    [
      'a transaction that was throttled',
      rejected('TransactionCanceledException', `${REASONS} [ThrottlingError, None]`),
      'throttle',
    ],
    ['a throttled call with the status 400', rejected('ThrottlingException'), 'throttle'],
    ['an invalid call', rejected('ValidationException'), 'error'],
    ['a rejected call without a cause', { error: true, http: { response: { status: 400 } } }, 'error'],
  ])('classifies %s', (_, call, outcome) => {
    expect(collectOutcomes(run(call))).toEqual({ call: outcome });
  });

  it('are errors if the function failed or its segment has not arrived', () => {
    const call = rejected('ConditionalCheckFailedException');
    expect(collectOutcomes(run(call, { fault: true }))).toEqual({ run: 'fault', call: 'error' });
    expect(collectOutcomes(run(call).filter(({ id }) => id !== 'run'))).toEqual({ call: 'error' });
  });

  it('are expected in a subsegment if the code that called it handles the error', () => {
    const code = { id: 'code', type: 'subsegment', parent_id: 'invocation', name: '## store' } as const;
    const documents = [
      ...run({ ...rejected('ConditionalCheckFailedException'), parent_id: 'code' }),
      segment({ ...code, fault: true, cause: 'e1' }),
    ];
    expect(collectOutcomes(documents)).toEqual({ call: 'expected', code: 'expected' });
  });

  it('are errors in the X-Ray API, but neither in summaries nor in the service map', async () => {
    const traces = new TraceStore();
    const documents = run(rejected('ConditionalCheckFailedException'));
    for (const each of documents) traces.add(each);
    expect(traces.list().traces).toMatchObject([
      { fault: false, error: false, throttle: false, expected: true },
    ]);
    const { nodes, edges } = buildServiceMap([documents]);
    expect([...nodes, ...edges].map(({ errors, faults }) => errors + faults)).toEqual([0, 0, 0]);
    const period = { StartTime: 0, EndTime: 1000 };
    expect(await createXRay(traces).call('GetTraceSummaries', period, {})).toMatchObject({
      TraceSummaries: [{ HasError: true, HasFault: false }],
    });
  });
});

describe('service map', () => {
  const lambda: Segment[] = [
    segment({ id: 'service', name: 'send', origin: 'AWS::Lambda' }),
    segment({ id: 'function', parent_id: 'service', name: 'send', origin: 'AWS::Lambda::Function' }),
    segment({
      id: 'call',
      type: 'subsegment',
      parent_id: 'function',
      name: 'EventBridge',
      namespace: 'aws',
      aws: { operation: 'PutEvents' },
    }),
    segment({
      id: 'read',
      type: 'subsegment',
      parent_id: 'function',
      name: 'DynamoDB',
      namespace: 'aws',
      end_time: 100.5,
      fault: true,
      aws: { operation: 'Query', table_name: 'rows' },
    }),
    segment({
      id: 'events',
      parent_id: 'call',
      name: 'Events',
      origin: 'AWS::Events',
      aws: { event_bus: 'bus' },
    }),
  ];

  it('contains a node for each service, and an edge from each caller to the called service', () => {
    const { nodes, edges } = buildServiceMap([lambda, lambda]);
    expect(nodes.map(({ id, calls, faults, p50 }) => [id, calls, faults, p50])).toEqual([
      ['AWS::Lambda::Function send', 2, 0, 1000],
      ['AWS::DynamoDB::Table rows', 2, 2, 500],
      ['AWS::Events bus', 2, 0, 1000],
    ]);
    expect(edges.map(({ from, to, calls }) => [from, to, calls])).toEqual([
      ['AWS::Lambda::Function send', 'AWS::DynamoDB::Table rows', 2],
      ['AWS::Lambda::Function send', 'AWS::Events bus', 2],
    ]);
  });

  it('counts each attempt of an asynchronous request', () => {
    const times = { start_time: 100, end_time: 101 };
    const attempts = [1, 2, 3].map((number) => ({ id: `a${number}`, name: `Attempt #${number}`, ...times }));
    const documents = [
      segment({ id: 'service', name: 'send', origin: 'AWS::Lambda', subsegments: attempts }),
      ...attempts.map(({ id }, index) =>
        segment({
          id: `run${index}`,
          parent_id: id,
          name: 'send',
          origin: 'AWS::Lambda::Function',
          ...(index < 2 ? { fault: true } : {}),
        }),
      ),
    ];
    expect(buildServiceMap([documents]).nodes).toMatchObject([{ calls: 3, faults: 2 }]);
  });

  it('marks a function that caught the exception of its code', () => {
    const code = { id: 'code', parent_id: 'function', name: '## handler', fault: true };
    const documents = [...lambda.slice(0, 2), segment({ ...code, type: 'subsegment' })];
    expect(buildServiceMap([documents]).nodes).toMatchObject([{ calls: 1, faults: 1 }]);
  });
});

describe('X-Ray API', () => {
  it('stores documents and returns summaries and whole traces', async () => {
    const xray = createXRay(new TraceStore());
    const document = JSON.stringify(segment({ annotations: { room: 'lobby' } }));
    await xray.call('PutTraceSegments', { TraceSegmentDocuments: [document] }, {});
    const { TraceSummaries } = await xray.call('GetTraceSummaries', { StartTime: 99, EndTime: 101 }, {});
    expect(TraceSummaries).toEqual([
      expect.objectContaining({
        Id: '1-a',
        Duration: 1,
        Annotations: { room: [{ AnnotationValue: { StringValue: 'lobby' } }] },
      }),
    ]);
    expect(await xray.call('GetTraceSummaries', { StartTime: 101, EndTime: 102 }, {})).toMatchObject({
      TraceSummaries: [],
    });
    expect(await xray.call('BatchGetTraces', { TraceIds: ['1-a', '1-z'] }, {})).toMatchObject({
      Traces: [{ Id: '1-a', Duration: 1, Segments: [{ Id: 'aaaaaaaaaaaaaaaa', Document: document }] }],
      UnprocessedTraceIds: ['1-z'],
    });
  });

  it.each([
    ['annotation.room = "lobby"', 1],
    ['annotation[room] = "lobby" AND annotation.seq = 7', 1],
    ['annotation.seq = 7 AND annotation.isLast = true', 1],
    ['annotation.room = "lobby" AND annotation.seq = 8', 0],
    ['annotation.seq = "7"', 0],
    ['annotation.other = 7', 0],
  ])('filters summaries by %s', async (FilterExpression, count) => {
    const xray = createXRay(new TraceStore());
    const document = JSON.stringify(segment({ annotations: { room: 'lobby', seq: 7, isLast: true } }));
    await xray.call('PutTraceSegments', { TraceSegmentDocuments: [document] }, {});
    const input = { StartTime: 99, EndTime: 101, FilterExpression };
    expect((await xray.call('GetTraceSummaries', input, {})).TraceSummaries).toHaveLength(count);
  });

  it.each(['duration > 1', 'service("x")', 'annotation.a = 1 OR annotation.b = 2', 'annotation.a > 1'])(
    'rejects the unsupported filter %s',
    async (FilterExpression) => {
      const input = { StartTime: 99, EndTime: 101, FilterExpression };
      const xray = createXRay(new TraceStore());
      await expect(xray.call('GetTraceSummaries', input, {})).rejects.toThrow('is not supported');
    },
  );

  it.each([
    ['GetTraceSummaries', { StartTime: 1 }],
    ['BatchGetTraces', {}],
    ['BatchGetTraces', { TraceIds: ['1', '2', '3', '4', '5', '6'] }],
  ])('rejects %s with %p', async (action, input) => {
    const xray = createXRay(new TraceStore());
    await expect(xray.call(action, input, {})).rejects.toMatchObject({ code: 'InvalidRequestException' });
  });
});
