import { isObject } from '../../core/service';
import type { Step } from '../../json/json-path';
import { StateError } from '../errors';
import { setMember } from '../jsonata/json';

/**
 * Returns a copy of `target` with `value` at the path `steps`. Like ResultPath, creates missing objects and can append one
 * element to an array.
 *
 * @throws StateError States.ResultPathMatchFailure if a value on the path is not an object or array, as the step requires.
 * https://states-language.net/spec.html#using-paths
 */
export function replaceNode(
  target: unknown,
  steps: readonly Step[],
  value: unknown,
  source: string,
): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const replace = (member: unknown) => replaceNode(member, rest, value, source);
  if (typeof step === 'number') {
    if (!Array.isArray(target) || step < 0 || step > target.length) throw createMatchFailure(source, target);
    const copy = [...target];
    copy[step] = replace(target[step] ?? {});
    return copy;
  }
  if (!isObject(target)) throw createMatchFailure(source, target);
  const copy = { ...target };
  setMember(copy, step, replace(Object.hasOwn(target, step) ? target[step] : {}));
  return copy;
}

function createMatchFailure(source: string, target: unknown): StateError {
  return new StateError(
    'States.ResultPathMatchFailure',
    `Unable to apply ReferencePath ${source} to input ${JSON.stringify(target)}`,
    true,
  );
}
