import { type Bindings, compileExpression, type Evaluate } from './expression';
import { define } from './json';

/**
 * A field's value with its expressions evaluated. Synchronous where no expression needs JSONata's machinery, so
 * that a Map iteration does not pay for promises it has no use for. The result is never changed afterwards.
 */
export interface Template {
  (bindings: Bindings): unknown;
  /** The expression's text, if the whole value is one. */
  readonly source?: string;
}

export interface TemplateOptions {
  /** The field as AWS names it in causes: `Arguments`, `Choices[0]/Condition`. */
  readonly field: string;
  readonly random: () => number;
  /** Whether the field belongs to a catcher, where `$states.errorOutput` exists. */
  readonly inCatch?: boolean;
  /** Told of each expression that cannot be compiled. */
  readonly problem: (text: string) => void;
}

/**
 * Compiles a JSON value whose strings of the form `{% … %}` are expressions, at any depth. Object keys are
 * never expressions.
 */
export function compileTemplate(value: unknown, options: TemplateOptions): Template {
  if (typeof value === 'string') return compileString(value, options);
  if (typeof value !== 'object' || value === null) return () => value;
  const entries = Array.isArray(value)
    ? value.map((element, index) => [index, `${options.field}[${index}]`, element] as const)
    : Object.entries(value).map(([key, member]) => [key, `${options.field}/${key}`, member] as const);
  const parts = entries.map(([key, field, part]) => ({
    key,
    literal: !hasExpression(part),
    value: part,
    template: compileTemplate(part, { ...options, field }),
  }));
  if (parts.every(({ literal }) => literal)) return () => value;
  return (bindings) => assemble(Array.isArray(value), parts, bindings);
}

/** Whether the value holds text with an expression's brackets, at any depth. */
export function hasExpression(value: unknown): boolean {
  if (typeof value === 'string') return value.startsWith('{%') || value.endsWith('%}');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasExpression);
}

interface Part {
  readonly key: string | number;
  readonly literal: boolean;
  readonly value: unknown;
  readonly template: Template;
}

/** Evaluates the parts in order, so that of several failures the first is told, as on AWS. */
function assemble(isArray: boolean, parts: readonly Part[], bindings: Bindings): unknown {
  const values: unknown[] = [];
  for (const part of parts) {
    const value = part.literal ? part.value : part.template(bindings);
    if (value instanceof Promise) return assembleRest(isArray, parts, bindings, values, value);
    values.push(value);
  }
  return build(isArray, parts, values);
}

async function assembleRest(
  isArray: boolean,
  parts: readonly Part[],
  bindings: Bindings,
  values: unknown[],
  first: Promise<unknown>,
): Promise<unknown> {
  values.push(await first);
  for (const part of parts.slice(values.length)) {
    values.push(part.literal ? part.value : await part.template(bindings));
  }
  return build(isArray, parts, values);
}

function build(isArray: boolean, parts: readonly Part[], values: unknown[]): unknown {
  if (isArray) return values;
  const object: Record<string, unknown> = {};
  parts.forEach(({ key }, index) => {
    define(object, key as string, values[index]);
  });
  return object;
}

function compileString(text: string, { field, random, inCatch, problem }: TemplateOptions): Template {
  if (!hasExpression(text)) return () => text;
  const source = /^\{%([\s\S]*)%\}$/.exec(text)?.[1];
  if (source === undefined) {
    problem(`${field}: an expression begins with {% and ends with %}, without blanks around: ${text}`);
    return () => text;
  }
  let evaluate: Evaluate;
  try {
    evaluate = compileExpression(source, random, inCatch === true);
  } catch (error) {
    problem(`${field}: '${source.trim()}': ${(error as Error).message}`);
    return () => text;
  }
  return Object.assign((bindings: Bindings) => evaluate(bindings, field), { source: source.trim() });
}
