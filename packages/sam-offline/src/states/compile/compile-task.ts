import { RUNTIME_ERROR, StateError } from '../errors';
import { createTaskRunner } from '../tasks/integrations';
import { parseResource } from '../tasks/resource';
import type { RunTask } from '../tasks/task-runner';
import type { StateSource } from './state-source';

/** Compiles the Resource of a Task. If the runtime does not emulate the resource, the task fails when it runs. */
export function compileTaskRunner({ compiler, name, state }: StateSource): {
  readonly resource: string;
  readonly runTask: RunTask;
  readonly waitsForToken: boolean;
} {
  const resource = String(state.Resource);
  const parsed = parseResource(state.Resource);
  if (parsed.kind === 'invalid') {
    compiler.addProblem(name, parsed.message);
    return { resource, runTask: async () => null, waitsForToken: false };
  }
  if (parsed.kind === 'unsupported') {
    return { resource, runTask: createFailingRunner(parsed.message), waitsForToken: false };
  }
  const pattern = parsed.kind === 'function' ? undefined : parsed.pattern;
  if (pattern !== undefined && compiler.type === 'EXPRESS') {
    compiler.addProblem(name, `Resource '${resource}': Express workflows do not support .${pattern}`);
  }
  const waitsForToken = pattern === 'waitForTaskToken';
  if (!waitsForToken && (state.HeartbeatSeconds ?? state.HeartbeatSecondsPath) !== undefined) {
    compiler.addProblem(name, 'HeartbeatSeconds applies to tasks with .waitForTaskToken only');
  }
  return { resource, runTask: createTaskRunner(parsed), waitsForToken };
}

function createFailingRunner(message: string): RunTask {
  return async () => {
    throw new StateError(RUNTIME_ERROR, message);
  };
}
