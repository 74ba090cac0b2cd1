import { join } from 'node:path';
import { loadTemplate } from 'sam-offline';
import { AwsError, type ExecutionRecord, type JsonObject, runStateMachine } from 'sam-offline/testing';
import { root } from './template';

export interface Call {
  service: string;
  action: string;
  input: JsonObject;
}

type Answer = (input: JsonObject, call: number) => JsonObject;

/** The state machine of the template as it is deployed, with its substitutions made. */
export function fanOut(parameters: Record<string, string> = {}) {
  const [machine] = loadTemplate({ file: join(root, 'template.yaml'), parameters }).stateMachines;
  if (!machine) throw new Error('the template has no state machine');
  return machine;
}

/** Runs the real definition on one event, its tasks answered by `answers`, keyed `service.Action`. */
export async function runFanOut(
  answers: Record<string, Answer>,
  options: { audience?: string[]; parameters?: Record<string, string> } = {},
): Promise<{ record: ExecutionRecord; calls: Call[] }> {
  const machine = fanOut(options.parameters);
  const calls: Call[] = [];
  const counts = new Map<string, number>();
  const event = {
    'detail-type': 'MessageSent',
    source: 'roomcast',
    detail: { audience: options.audience ?? ['lobby#0'], frames: { plain: 'hello', 'roomcast.v1': '{}' } },
  };
  const record = await runStateMachine({
    stateMachine: machine,
    input: event,
    async invoke(service, action, input) {
      const name = `${service}.${action}`;
      calls.push({ service, action, input });
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const answer = answers[name];
      if (!answer) throw new AwsError('AccessDeniedException', `nothing answers ${name}`);
      return answer(input, counts.get(name) as number);
    },
  });
  return { record, calls };
}

/** Rows as a Query returns them. */
export function rows(count: number, prefix = 'c') {
  return Array.from({ length: count }, (_, index) => ({
    connectionId: { S: `${prefix}${index}` },
    room: { S: 'lobby' },
    protocol: { S: 'plain' },
  }));
}
