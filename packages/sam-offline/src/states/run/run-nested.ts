import { createTypeError } from '../errors';
import { isInteger } from '../field-values';
import { checkPayload } from '../jsonata/json';
import type { MapState, ParallelState } from '../machine';
import type { Cancellation } from './cancellation';
import type { Visit } from './visit';

/** The maximum concurrency of an inline Map on AWS, regardless of MaxConcurrency. */
const INLINE_CONCURRENCY = 40;

/** Runs all branches concurrently with the same input. The first failure cancels the other branches and fails the state. */
export async function runParallel(state: ParallelState, visit: Visit): Promise<unknown> {
  const { scope, bindings, input, runBranch } = visit;
  const { execution } = scope;
  const branchInput = state.arguments ? await state.arguments(bindings) : input;
  checkPayload(branchInput, state.name);
  execution.lastEventId += 1;
  const result = await runAll(visit, (cancellation) =>
    state.branches.map((branch, index) =>
      runBranch(branch, branchInput, {
        execution,
        cancellation,
        variables: scope.variables,
        path: `${scope.path}${state.name}[${index}]/`,
      }),
    ),
  );
  execution.lastEventId += 1;
  checkPayload(result, state.name);
  return result;
}

/**
 * Runs an inline Map with at most `MaxConcurrency` concurrent iterations. Returns the results in the order of the items. The
 * first failure cancels the other iterations and fails the state.
 */
export async function runMap(state: MapState, visit: Visit): Promise<unknown> {
  const { bindings, input, scope } = visit;
  const items = state.items ? await state.items(bindings) : input;
  if (!Array.isArray(items)) throw createTypeError(state.items, 'Items', 'array', items);
  checkPayload(items, state.name);
  const limit = state.maxConcurrency ? await state.maxConcurrency(bindings) : 0;
  if (!isInteger(limit, 0))
    throw createTypeError(state.maxConcurrency, 'MaxConcurrency', 'non-negative integer', limit);
  const concurrency = Math.min(limit || INLINE_CONCURRENCY, INLINE_CONCURRENCY, items.length);
  const results: unknown[] = new Array(items.length);
  let next = 0;
  scope.execution.lastEventId += 1;
  await runAll(visit, (cancellation) =>
    Array.from({ length: concurrency }, async () => {
      while (next < items.length) {
        const index = next++;
        results[index] = await runIteration(state, visit, items[index], index, cancellation);
      }
    }),
  );
  scope.execution.lastEventId += 1;
  checkPayload(results, state.name);
  return results;
}

/** The number of events per iteration: MapIterationStarted, and MapIterationSucceeded or MapIterationFailed. */
const ITERATION_EVENTS = 2;

/** Runs an iteration. As on AWS, only the ItemSelector of the Map can read `$states.context.Map`. */
async function runIteration(
  state: MapState,
  visit: Visit,
  item: unknown,
  index: number,
  cancellation: Cancellation,
): Promise<unknown> {
  const { bindings, scope, runBranch } = visit;
  const { execution } = scope;
  cancellation.throwIfCancelled();
  execution.lastEventId += ITERATION_EVENTS;
  let input = item;
  if (state.itemSelector) {
    const context = { ...(bindings.states.context as object), Map: { Item: { Index: index, Value: item } } };
    input = await state.itemSelector({ ...bindings, states: { ...bindings.states, context } });
    checkPayload(input, state.name);
  }
  const path = `${scope.path}${state.name}[${index}]/`;
  return runBranch(state.processor, input, { execution, cancellation, variables: scope.variables, path });
}

/** Waits for all branches. If a branch fails, cancels the other branches and throws the error. */
async function runAll<T>(
  { scope }: Visit,
  start: (cancellation: Cancellation) => Promise<T>[],
): Promise<T[]> {
  const { cancellation, release } = scope.cancellation.createChild();
  try {
    return await Promise.all(start(cancellation));
  } catch (error) {
    cancellation.cancel();
    throw error;
  } finally {
    release();
  }
}
