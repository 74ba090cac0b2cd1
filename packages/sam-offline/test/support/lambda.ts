import { join } from 'node:path';
import type { JsonObject } from '../../src/core/service';
import { createLambda, type LambdaOptions, type LambdaService, type LogEntry } from '../../src/lambda';
import type { FunctionModel } from '../../src/lambda/model';

const root = join(__dirname, '..', 'fixtures', 'lambda');
export const region = 'eu-central-1';
export const accountId = '123456789012';

export const arnOf = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`;

/** Returns the model of a function in `fixtures/lambda`. The default name is `f`. */
export function functionModel(more: Partial<FunctionModel> = {}): FunctionModel {
  const { name = 'f' } = more;
  return {
    logicalId: 'F',
    name,
    arn: arnOf(name),
    codeUri: root,
    handler: 'basics.echo',
    layers: [],
    runtime: 'nodejs24.x',
    memoryMb: 256,
    timeoutSeconds: 20,
    environment: {},
    tracing: 'Active',
    role: { statements: [], unresolved: [] },
    ...more,
  };
}

/** Returns the model of a function in the stack `stack`. */
export function fn(logicalId: string, handler: string, more: Partial<FunctionModel> = {}): FunctionModel {
  return functionModel({ logicalId, name: `stack-${logicalId}`, handler, ...more });
}

/** Creates a Lambda service with these functions. The functions are not built yet. */
export function createTestLambda(
  functions: FunctionModel[],
  more: Partial<LambdaOptions> = {},
): LambdaService {
  return createLambda({
    functions,
    root,
    region,
    accountId,
    awsPort: () => 1,
    environment: () => ({ AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:1' }),
    log: () => undefined,
    ...more,
  });
}

/** Returns a function that creates a Lambda service and builds its functions. Each service is closed after the test. */
export function createOpener() {
  const opened: LambdaService[] = [];
  afterEach(async () => {
    for (const lambda of opened.splice(0)) await lambda.close();
  });

  return async (functions: FunctionModel[], more: Partial<LambdaOptions> = {}) => {
    const entries: LogEntry[] = [];
    const lambda = createTestLambda(functions, {
      log: (entry) => entries.push(entry),
      ...more,
    });
    opened.push(lambda);
    await lambda.build();
    return {
      lambda,
      entries,
      /** Returns the log lines of a stream. */
      lines: (stream: LogEntry['stream']) => entries.filter((e) => e.stream === stream).map((e) => e.line),
      /** Invokes a function by its logical ID. */
      invoke: (logicalId: string, event: unknown = {}, traceHeader?: string) =>
        lambda.invoke(arnOf(`stack-${logicalId}`), event, { traceHeader }),
      /** Calls the Invoke action. */
      call: (input: JsonObject) => lambda.call('Invoke', input, {}),
    };
  };
}
