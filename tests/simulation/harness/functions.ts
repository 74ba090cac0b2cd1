import type { FunctionModel } from 'sam-offline';
import type { VirtualTime } from '../../../testbed/virtual-time';
import type { Faults } from '../faults/faults';
import type { Bundles } from './bundles';
import type { Libraries } from './libraries';
import { Realm, type Sources } from './realm';
import { type CallService, withSimulatedClient } from './sdk-clients';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** Creates the function that calls services for an environment. `kill` terminates the environment. */
export type CreateCalls = (model: FunctionModel, kill: () => void) => CallService;

const COLD_START_MS = 400;
const MAX_SKEW_MS = 500;

/**
 * Simulates Lambda. Runs each invocation in an execution environment. Environments are reused, and each has a separate clock
 * and module state.
 */
export class Functions {
  private readonly idle = new Map<string, Environment[]>();
  private requests = 0;

  constructor(
    private readonly bundles: Bundles,
    private readonly libraries: Libraries,
    private readonly sources: Sources,
    private readonly faults: Faults,
    private readonly createCalls: CreateCalls,
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {}

  /** @throws Error if the function throws, times out or is killed. */
  async invoke(model: FunctionModel, event: unknown): Promise<unknown> {
    const environment = await this.findEnvironment(model);
    this.requests += 1;
    try {
      const result = await environment.run(structuredClone(event), `request-${this.requests}`);
      return JSON.parse(JSON.stringify(result ?? null));
    } finally {
      if (!environment.hasEnded) this.idle.get(model.name)?.push(environment);
    }
  }

  private async findEnvironment(model: FunctionModel): Promise<Environment> {
    const idle = this.idle.get(model.name) ?? [];
    this.idle.set(model.name, idle);
    const warm = idle.pop();
    if (warm && !this.faults.strikes('cold start', model.logicalId)) return warm;
    const { time, random } = this.sources;
    await time.sleep(COLD_START_MS * (0.5 + random()));
    const drawnMs = this.faults.drawMs('clock skew', 2 * MAX_SKEW_MS);
    const skewMs = drawnMs === 0 ? 0 : Math.round(drawnMs - MAX_SKEW_MS);
    const realm = new Realm(() => this.sources, { ...createVariables(model), ...this.variables }, skewMs);
    return new Environment(model, realm, time, (kill) => this.loadHandler(model, realm, kill));
  }

  private loadHandler(model: FunctionModel, realm: Realm, kill: () => void): Handler {
    const call = this.createCalls(model, kill);
    const load = (name: string) => {
      const found = this.libraries.packages[name];
      return found ? withSimulatedClient(found, call) : realm.require(name);
    };
    const [file = '', name = ''] = splitHandler(model.handler);
    const modules = this.bundles.functions(realm, load) as Record<string, () => Record<string, Handler>>;
    return modules[file]?.()[name] as Handler;
  }
}

/**
 * Returns the environment variables that Lambda and the template set. Turns off logs, metrics and traces, because the
 * simulation does not support them.
 */
export function createVariables({ environment }: Pick<FunctionModel, 'environment'>): Record<string, string> {
  return {
    ...environment,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'simulated',
    AWS_SECRET_ACCESS_KEY: 'simulated',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_TRACE_ENABLED: 'false',
  };
}

/** An execution environment. */
class Environment {
  private readonly handler: Handler;
  private fail: (error: Error) => void = () => undefined;

  constructor(
    private readonly model: FunctionModel,
    private readonly realm: Realm,
    private readonly time: VirtualTime,
    load: (kill: () => void) => Handler,
  ) {
    this.handler = load(() => this.end('Runtime.ExitError'));
  }

  get hasEnded(): boolean {
    return this.realm.hasEnded;
  }

  async run(event: unknown, awsRequestId: string): Promise<unknown> {
    const timeoutMs = this.model.timeoutSeconds * 1000;
    const deadline = this.time.now() + timeoutMs;
    const failed = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    const stop = this.time.startTimer(timeoutMs, () => this.end('Sandbox.Timedout'));
    const context = {
      functionName: this.model.name,
      functionVersion: '$LATEST',
      invokedFunctionArn: this.model.arn,
      memoryLimitInMB: String(this.model.memoryMb),
      awsRequestId,
      getRemainingTimeInMillis: () => deadline - this.time.now(),
    };
    try {
      return await Promise.race([this.handler(event, context), failed]);
    } finally {
      stop();
    }
  }

  /** Terminates the environment. Its timers no longer fire, and replies to its calls are discarded. */
  private end(reason: string): void {
    this.realm.hasEnded = true;
    this.fail(new Error(reason));
  }
}

function splitHandler(handler: string): string[] {
  const dot = handler.lastIndexOf('.');
  return [handler.slice(0, dot), handler.slice(dot + 1)];
}
