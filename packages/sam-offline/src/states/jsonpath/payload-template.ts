import { MISSING } from '../../json/json-path';
import { createDefinitionError, RUNTIME_ERROR } from '../errors';
import type { Bindings } from '../jsonata/expression';
import { setMember } from '../jsonata/json';
import { compileIntrinsic, isIntrinsic } from './intrinsic';
import { compilePath } from './path';

/** Returns a value computed from `focus` (`$`), the context object and the variables. */
export type Evaluate = (focus: unknown, bindings: Bindings) => unknown;

export interface PayloadOptions {
  /** The name of the field in error messages, for example `Parameters`. */
  readonly field: string;
  /** Returns a number in [0, 1) for States.MathRandom. */
  readonly random: () => number;
  /** Called for each path or call that does not compile. */
  readonly onProblem: (text: string) => void;
}

/**
 * Compiles a payload template. Members whose names end in `.$` contain paths or calls to intrinsic functions, at any depth.
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
 */
export function compilePayload(value: unknown, options: PayloadOptions): Evaluate {
  if (typeof value !== 'object' || value === null) return () => value;
  if (Array.isArray(value)) {
    const elements = value.map((element) => compilePayload(element, options));
    return (focus, bindings) => elements.map((evaluate) => evaluate(focus, bindings));
  }
  const members = Object.entries(value).map(([key, member]) => compileMember(key, member, options));
  return (focus, bindings) => {
    const object: Record<string, unknown> = {};
    for (const { name, evaluate } of members) setMember(object, name, evaluate(focus, bindings));
    return object;
  };
}

function compileMember(
  key: string,
  value: unknown,
  options: PayloadOptions,
): { name: string; evaluate: Evaluate } {
  if (!key.endsWith('.$')) return { name: key, evaluate: compilePayload(value, options) };
  const field = `${options.field}/${key}`;
  if (typeof value !== 'string' || !(value.startsWith('$') || isIntrinsic(value))) {
    options.onProblem(`${field} must be a JSONPath or a call of an intrinsic function`);
    return { name: key, evaluate: () => null };
  }
  return { name: key.slice(0, -2), evaluate: compileDynamic(value, key, { ...options, field }) };
}

/**
 * Compiles a path or a call to an intrinsic function. `key` is the name of the field in the error message for a path that
 * selects nothing.
 */
export function compileDynamic(text: string, key: string, options: PayloadOptions): Evaluate {
  try {
    if (isIntrinsic(text)) return compileIntrinsic(text, options.random);
    const path = compilePath(text);
    return (focus, bindings) => {
      const value = path.read(focus, bindings);
      if (value !== MISSING) return value;
      throw createDefinitionError(
        RUNTIME_ERROR,
        `The JSONPath '${text}' specified for the field '${key}' could not be found in the input ` +
          `'${JSON.stringify(path.root.kind === 'context' ? bindings.states.context : focus)}'`,
      );
    };
  } catch (error) {
    options.onProblem(`${options.field}: ${(error as Error).message}`);
    return () => null;
  }
}
