import { isObject, type JsonObject, UnsupportedError } from '../../core/service';
import type { ExpressionSources } from '../jsonata/expression';
import { compileTemplate, type Template } from '../jsonata/template';
import type { StateMachineModel } from '../model';
import { explainUnsupportedField, type QueryLanguage } from './fields';

export interface DefinitionProblem {
  /** The name of the state. Undefined for problems of the definition itself. */
  readonly stateName: string | undefined;
  /** The description of the problem, for example `state 'Wait': set either Next or End`. */
  readonly message: string;
}

/** The error for an invalid definition. The message lists all problems. */
export class InvalidDefinitionError extends UnsupportedError {
  constructor(readonly problems: readonly DefinitionProblem[]) {
    const lines = problems.map(({ message }) => message);
    super(`Invalid state machine definition:\n  ${lines.join('\n  ')}`);
  }
}

/** Collects all problems of a definition during compilation and reports them in a single error. */
export class Compiler {
  private readonly problems: DefinitionProblem[] = [];

  constructor(
    readonly sources: ExpressionSources,
    /** The query language of states without QueryLanguage. */
    readonly queryLanguage: QueryLanguage,
    readonly type: StateMachineModel['type'],
  ) {}

  /** Adds a problem. `stateName` is undefined for the definition itself. */
  addProblem(stateName: string | undefined, text: string): void {
    const message = stateName === undefined ? text : `state '${stateName}': ${text}`;
    if (this.problems.some((problem) => problem.message === message)) return;
    this.problems.push({ stateName, message });
  }

  /** Throws InvalidDefinitionError if there are problems. */
  throwIfInvalid(): void {
    if (this.problems.length > 0) throw new InvalidDefinitionError(this.problems);
  }

  /** Reports fields that are not allowed. `path` is the path to the object. It is empty for the state itself. */
  checkFields(
    stateName: string | undefined,
    object: JsonObject,
    allowed: readonly string[],
    path = '',
  ): void {
    for (const field of Object.keys(object)) {
      if (!allowed.includes(field))
        this.addProblem(stateName, `${path}${field} ${explainUnsupportedField(field)}`);
    }
  }

  /** Compiles a field. Returns undefined if the field is absent. */
  compileField(
    stateName: string,
    object: JsonObject,
    field: string,
    path = '',
    inCatch = false,
  ): Template | undefined {
    if (object[field] === undefined) return undefined;
    return compileTemplate(object[field], {
      field: `${path}${field}`,
      sources: this.sources,
      inCatch,
      onProblem: (text) => this.addProblem(stateName, text),
    });
  }

  /** Returns the value if it is an object. Otherwise, reports a problem and returns an empty object. */
  requireObject(stateName: string | undefined, value: unknown, what: string): JsonObject {
    if (isObject(value)) return value;
    this.addProblem(stateName, `${what} must be an object`);
    return {};
  }

  /** Returns the value if it is a non-empty array. Otherwise, reports a problem and returns an empty array. */
  requireList(stateName: string, value: unknown, what: string): unknown[] {
    if (Array.isArray(value) && value.length > 0) return value;
    this.addProblem(stateName, `${what} must be a non-empty array`);
    return [];
  }
}

/** Returns the members that are not undefined. */
export function omitUndefined<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
