import { type App, loadTemplate } from 'sam-offline';
import { AwsError, type ExecutionRecord, type JsonObject, runStateMachine } from 'sam-offline/testing';
import type { PostBatchDependencies } from '../aws/api-gateway/post-batch';
import { type Settings, withSettingsSync } from '../scripts/settings';

export interface Call {
  service: string;
  action: string;
  input: JsonObject;
}

/** Returns the result of a task. `call` counts the calls of its action, starting at 1. */
type TaskMock = (input: JsonObject, call: number) => JsonObject | Promise<JsonObject>;

type StateMachine = App['stateMachines'][number];

const loaded = new Map<string, App>();

/**
 * Loads the template once per set of settings, because loading takes longer than most executions. Callers must not change the
 * result.
 */
function load(settings: Settings): App {
  const key = JSON.stringify(settings);
  const known = loaded.get(key);
  if (known) return known;
  const app = withSettingsSync(settings, (file) => loadTemplate({ file }));
  loaded.set(key, app);
  return app;
}

/** Returns the template's state machine, with all substitutions in the definition resolved. */
export function loadFanOut(settings: Settings = {}): StateMachine {
  const [machine] = load(settings).stateMachines;
  if (!machine) throw new Error('template.yaml has no state machine.');
  return machine;
}

/** Returns the settings of the post function. */
export function loadPostSettings(
  settings: Settings = {},
): Pick<PostBatchDependencies, 'concurrency' | 'rate' | 'burst'> {
  const model = load(settings).functions.find(({ logicalId }) => logicalId === 'PostFunction');
  const read = (variable: string) => Number(model?.environment[variable]);
  return { concurrency: read('POST_CONCURRENCY'), rate: read('POST_RATE'), burst: read('POST_BURST') };
}

/** Runs the state machine on one event. `tasks` mocks the services, with keys of the form `service.Action`. */
export async function runFanOut(
  tasks: Record<string, TaskMock>,
  options: {
    audience?: unknown;
    settings?: Settings;
    /** Replaces members of the event's detail. */
    detail?: object;
    /** Returns the time of Step Functions in epoch milliseconds. Default: the system clock. */
    now?: () => number;
    /** Waits in the time of Step Functions. Default: real timers. */
    sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  } = {},
): Promise<{ record: ExecutionRecord; calls: Call[] }> {
  const machine = loadFanOut(options.settings);
  const calls: Call[] = [];
  const counts = new Map<string, number>();
  const event = {
    'detail-type': 'MessageSent',
    source: 'roomcast',
    detail: {
      audience: options.audience ?? ['lobby#0'],
      frames: { plain: 'hello', 'roomcast.v1': '{}' },
      ...options.detail,
    },
  };
  const record = await runStateMachine({
    stateMachine: machine,
    input: event,
    now: options.now,
    sleep: options.sleep,
    async invoke(service, action, input) {
      const name = `${service}.${action}`;
      calls.push({ service, action, input });
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const task = tasks[name];
      if (!task) throw new AwsError('AccessDeniedException', `No mock for ${name}.`);
      return task(input, counts.get(name) as number);
    },
  });
  return { record, calls };
}

/** Creates rows as a Query returns them. */
export function createRows(count: number, prefix = 'c') {
  return Array.from({ length: count }, (_, index) => ({
    connectionId: { S: `${prefix}${index}` },
    room: { S: 'lobby' },
    protocol: { S: 'plain' },
  }));
}
