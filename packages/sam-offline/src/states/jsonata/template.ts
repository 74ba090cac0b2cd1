import { type Bindings, compileExpression, type Evaluate, type ExpressionSources } from './expression';
import { setMember } from './json';

/**
 * Evaluates the expressions of a field. Returns a promise only if an expression needs JSONata, because promises would slow down
 * Map iterations. Callers must not mutate the result.
 */
export interface Template {
  (bindings: Bindings): unknown;
  /** The source of the expression, if the whole value is one expression. */
  readonly source?: string;
}

export interface TemplateOptions {
  /** The field name in error causes, as on AWS, for example `Arguments` or `Choices[0]/Condition`. */
  readonly field: string;
  readonly sources: ExpressionSources;
  /** Whether the field belongs to a catcher, which can read `$states.errorOutput`. */
  readonly inCatch?: boolean;
  /** Called for each expression that does not compile. */
  readonly onProblem: (text: string) => void;
}

/** Compiles a JSON value. Strings of the form `{% … %}` are expressions, at any depth. Keys are literals. */
export function compileTemplate(value: unknown, options: TemplateOptions): Template {
  if (typeof value === 'string') return compileString(value, options);
  if (typeof value !== 'object' || value === null) return () => value;
  const entries = Array.isArray(value)
    ? value.map((element, index) => [index, `${options.field}[${index}]`, element] as const)
    : Object.entries(value).map(([key, member]) => [key, `${options.field}/${key}`, member] as const);
  const parts = entries.map(([key, field, part]) => ({
    key,
    isLiteral: !hasExpression(part),
    value: part,
    template: compileTemplate(part, { ...options, field }),
  }));
  if (parts.every(({ isLiteral }) => isLiteral)) return () => value;
  return (bindings) => evaluateParts(Array.isArray(value), parts, bindings);
}

/** Returns whether the value contains a string with an expression delimiter, at any depth. */
export function hasExpression(value: unknown): boolean {
  if (typeof value === 'string') return value.startsWith('{%') || value.endsWith('%}');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasExpression);
}

interface Part {
  readonly key: string | number;
  readonly isLiteral: boolean;
  readonly value: unknown;
  readonly template: Template;
}

/** Evaluates the parts in order, so that the first failure is reported, as on AWS. */
function evaluateParts(isArray: boolean, parts: readonly Part[], bindings: Bindings): unknown {
  const values: unknown[] = [];
  for (const part of parts) {
    const value = part.isLiteral ? part.value : part.template(bindings);
    if (value instanceof Promise) return evaluateRemainingParts(isArray, parts, bindings, values, value);
    values.push(value);
  }
  return combine(isArray, parts, values);
}

async function evaluateRemainingParts(
  isArray: boolean,
  parts: readonly Part[],
  bindings: Bindings,
  values: unknown[],
  first: Promise<unknown>,
): Promise<unknown> {
  values.push(await first);
  for (const part of parts.slice(values.length)) {
    values.push(part.isLiteral ? part.value : await part.template(bindings));
  }
  return combine(isArray, parts, values);
}

function combine(isArray: boolean, parts: readonly Part[], values: unknown[]): unknown {
  if (isArray) return values;
  const object: Record<string, unknown> = {};
  parts.forEach(({ key }, index) => {
    setMember(object, key as string, values[index]);
  });
  return object;
}

function compileString(text: string, { field, sources, inCatch, onProblem }: TemplateOptions): Template {
  if (!hasExpression(text)) return () => text;
  const source = /^\{%([\s\S]*)%\}$/.exec(text)?.[1];
  if (source === undefined) {
    onProblem(
      `${field}: an expression must start with {% and end with %}, without surrounding text: ${text}`,
    );
    return () => text;
  }
  let evaluate: Evaluate;
  try {
    evaluate = compileExpression(source, sources, inCatch === true);
  } catch (error) {
    onProblem(`${field}: '${source.trim()}': ${(error as Error).message}`);
    return () => text;
  }
  return Object.assign((bindings: Bindings) => evaluate(bindings, field), { source: source.trim() });
}
