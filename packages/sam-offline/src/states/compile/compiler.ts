import { isObject, type JsonObject, UnsupportedError } from '../../core/service';
import { compileTemplate, type Template } from '../jsonata/template';
import { reasonAgainst } from './fields';

/** Collects what is wrong with a definition while it is compiled, so that all of it can be told at once. */
export class Compiler {
  private readonly problems: string[] = [];

  constructor(readonly random: () => number) {}

  /** `where`: the state's name, or nothing for the definition itself. */
  problem(where: string | undefined, text: string): void {
    const problem = where === undefined ? text : `state '${where}': ${text}`;
    if (!this.problems.includes(problem)) this.problems.push(problem);
  }

  /** Ends the compilation. */
  finish(): void {
    if (this.problems.length === 0) return;
    throw new UnsupportedError(`The state machine's definition: ${this.problems.join('; ')}`);
  }

  /** Complains about every field that is not allowed. `at`: the path to the object, empty for the state itself. */
  fields(where: string | undefined, object: JsonObject, allowed: readonly string[], at = ''): void {
    for (const field of Object.keys(object)) {
      if (!allowed.includes(field)) this.problem(where, `${at}${field} ${reasonAgainst(field)}`);
    }
  }

  /** The field's template; nothing if the field is not there. */
  template(where: string, object: JsonObject, name: string, at = '', inCatch = false): Template | undefined {
    if (object[name] === undefined) return undefined;
    return compileTemplate(object[name], {
      field: `${at}${name}`,
      random: this.random,
      inCatch,
      problem: (text) => this.problem(where, text),
    });
  }

  /** The value as an object; complains and gives an empty one if it is none. */
  object(where: string | undefined, value: unknown, what: string): JsonObject {
    if (isObject(value)) return value;
    this.problem(where, `${what} must be an object`);
    return {};
  }

  list(where: string, value: unknown, what: string): unknown[] {
    if (Array.isArray(value) && value.length > 0) return value;
    this.problem(where, `${what} must be a list that is not empty`);
    return [];
  }
}

/** The members of an optional field made into an object, leaving out what is undefined. */
export function present<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
