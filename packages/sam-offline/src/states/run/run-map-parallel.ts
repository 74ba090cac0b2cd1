import { typeError } from '../errors';
import { isInteger } from '../field-values';
import { checkPayload } from '../jsonata/json';
import type { MapState, ParallelState } from '../machine';
import type { Cancel } from './cancellation';
import type { Visit } from './visit';

/** The iterations an inline Map runs at once, whatever its MaxConcurrency says. */
const INLINE_CONCURRENCY = 40;

/** Runs all branches at once on the same input. The first failure stops the others and is the state's own. */
export async function runParallel(state: ParallelState, visit: Visit): Promise<unknown> {
  const { scope, bindings, input } = visit;
  const { execution } = scope;
  const value = state.arguments ? await state.arguments(bindings) : input;
  checkPayload(value, state.name);
  execution.lastEventId += 1;
  const result = await together(visit, (cancel) =>
    state.branches.map((branch, index) =>
      visit.runBranch(branch, value, {
        execution,
        cancel,
        variables: scope.variables,
        path: `${scope.path}${state.name}[${index}]/`,
      }),
    ),
  );
  execution.lastEventId += 1;
  return result;
}

/**
 * Runs an inline Map: each item through the processor, at most `MaxConcurrency` at once, the results in the
 * items' order. The first failure stops the other iterations and is the state's own.
 */
export async function runMap(state: MapState, visit: Visit): Promise<unknown> {
  const { bindings, input, scope } = visit;
  const items = state.items ? await state.items(bindings) : input;
  if (!Array.isArray(items)) throw typeError(state.items, 'Items', 'array', items);
  const limit = state.maxConcurrency ? await state.maxConcurrency(bindings) : 0;
  if (!isInteger(limit, 0))
    throw typeError(state.maxConcurrency, 'MaxConcurrency', 'non-negative integer', limit);
  const width = Math.min(limit || INLINE_CONCURRENCY, INLINE_CONCURRENCY, items.length);
  const results: unknown[] = new Array(items.length);
  let next = 0;
  scope.execution.lastEventId += 1;
  await together(visit, (cancel) =>
    Array.from({ length: width }, async () => {
      while (next < items.length) {
        const index = next++;
        results[index] = await iterate(state, visit, items[index], index, cancel);
      }
    }),
  );
  scope.execution.lastEventId += 1;
  return results;
}

/** Started, and succeeded or failed. */
const ITERATION_EVENTS = 2;

/** One iteration. Only the Map's own fields see `$states.context.Map`, as the Developer Guide says. */
async function iterate(
  state: MapState,
  visit: Visit,
  item: unknown,
  index: number,
  cancel: Cancel,
): Promise<unknown> {
  const { bindings, scope } = visit;
  const { execution } = scope;
  cancel.check();
  execution.lastEventId += ITERATION_EVENTS;
  let input = item;
  if (state.itemSelector) {
    const context = { ...(bindings.states.context as object), Map: { Item: { Index: index, Value: item } } };
    input = await state.itemSelector({ ...bindings, states: { ...bindings.states, context } });
    checkPayload(input, state.name);
  }
  const path = `${scope.path}${state.name}[${index}]/`;
  return visit.runBranch(state.processor, input, { execution, cancel, variables: scope.variables, path });
}

/** Waits for all; when one fails, the others are told to stop and its error is thrown at once. */
async function together<T>({ scope }: Visit, start: (cancel: Cancel) => Promise<T>[]): Promise<T[]> {
  const { cancel, release } = scope.cancel.child();
  try {
    return await Promise.all(start(cancel));
  } catch (error) {
    cancel.throw();
    throw error;
  } finally {
    release();
  }
}
