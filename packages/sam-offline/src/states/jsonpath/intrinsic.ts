import { MISSING } from '../../json/json-path';
import { createDefinitionError } from '../errors';
import type { Bindings } from '../jsonata/expression';
import { INTRINSIC_FUNCTIONS, IntrinsicError } from './intrinsic-functions';
import { compilePath } from './path';

/** Evaluates a call to an intrinsic function. Throws States.IntrinsicFailure if the function fails. */
export type EvaluateIntrinsic = (focus: unknown, bindings: Bindings) => unknown;

/** The maximum nesting depth of calls. */
const MAX_DEPTH = 10;

/** Returns whether a field value is a call to an intrinsic function instead of a path. */
export function isIntrinsic(text: string): boolean {
  return text.startsWith('States.');
}

/**
 * Compiles a call to an intrinsic function, for example `States.Format('{}-{}', $.a, States.UUID())`.
 *
 * @param random returns a number in [0, 1) for States.MathRandom
 * @throws Error if the call is not valid.
 */
export function compileIntrinsic(source: string, random: () => number): EvaluateIntrinsic {
  return new CallParser(source, random).parse();
}

/** The tokens of a call. Arguments are strings, numbers, literals, paths and nested calls. */
const SPACE = /\s*/y;
const NAME = /States\.(\w+)\s*\(/y;
const STRING = /'((?:[^'\\]|\\.)*)'/sy;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const LITERAL = /(?:true|false|null)\b/y;

class CallParser {
  private position = 0;

  constructor(
    private readonly source: string,
    private readonly random: () => number,
  ) {}

  parse(): EvaluateIntrinsic {
    const call = this.parseCall(1);
    this.take(SPACE);
    if (this.position < this.source.length) throw this.createError('has unexpected text');
    return call;
  }

  private parseCall(depth: number): EvaluateIntrinsic {
    const name = this.take(NAME)?.[1];
    if (name === undefined) throw this.createError('must be the call of a function');
    const definition = Object.hasOwn(INTRINSIC_FUNCTIONS, name) ? INTRINSIC_FUNCTIONS[name] : undefined;
    if (!definition) throw new Error(`The intrinsic function States.${name} does not exist.`);
    if (depth > MAX_DEPTH) throw new Error(`Intrinsic functions can be nested ${MAX_DEPTH} deep only.`);
    const args = this.parseArguments(depth, name === 'Format');
    const [min, max] = definition.arity;
    if (args.length < min || args.length > max) {
      throw new Error(`The intrinsic function States.${name} does not accept ${args.length} arguments.`);
    }
    const { source, random } = this;
    return (focus, bindings) => {
      const values = args.map((argument) => argument(focus, bindings));
      try {
        return definition.apply(values, random);
      } catch (error) {
        if (!(error instanceof IntrinsicError)) throw error;
        throw createDefinitionError(
          'States.IntrinsicFailure',
          `The function '${source}' had the following error: ${error.message}`,
        );
      }
    };
  }

  /** @param hasTemplate whether the first argument is a template of States.Format. The function unescapes the template. */
  private parseArguments(depth: number, hasTemplate: boolean): EvaluateIntrinsic[] {
    const args: EvaluateIntrinsic[] = [];
    this.take(SPACE);
    if (this.takeCharacter(')')) return args;
    for (;;) {
      args.push(this.parseArgument(depth, hasTemplate && args.length === 0));
      this.take(SPACE);
      if (this.takeCharacter(')')) return args;
      if (!this.takeCharacter(',')) throw this.createError('must have a comma or a parenthesis');
      this.take(SPACE);
    }
  }

  private parseArgument(depth: number, isTemplate: boolean): EvaluateIntrinsic {
    const text = this.take(STRING)?.[1];
    if (text !== undefined) return constant(isTemplate ? text : text.replace(/\\(.)/gs, '$1'));
    const literal = this.take(NUMBER) ?? this.take(LITERAL);
    if (literal) return constant(JSON.parse(literal[0]));
    if (this.source[this.position] === '$') return this.parsePath();
    return this.parseCall(depth + 1);
  }

  /** Parses a path. The path ends at a comma, parenthesis or space outside of brackets. */
  private parsePath(): EvaluateIntrinsic {
    const start = this.position;
    let open = 0;
    let quote = '';
    for (; this.position < this.source.length; this.position += 1) {
      const character = this.source[this.position] as string;
      if (quote !== '') quote = character === quote ? '' : quote;
      else if (character === "'" || character === '"') quote = open > 0 ? character : '';
      else if (character === '[') open += 1;
      else if (character === ']') open -= 1;
      else if (open === 0 && /[,)\s]/.test(character)) break;
    }
    const path = compilePath(this.source.slice(start, this.position));
    return (focus, bindings) => {
      const value = path.read(focus, bindings);
      if (value !== MISSING) return value;
      throw createDefinitionError(
        'States.IntrinsicFailure',
        `The function '${this.source}' had the following error: ` +
          `The JsonPath argument for the field '${path.source}' could not be found in the input ` +
          `'${JSON.stringify(focus)}'`,
      );
    };
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.source);
    if (match) this.position = pattern.lastIndex;
    return match;
  }

  private takeCharacter(character: string): boolean {
    if (this.source[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private createError(problem: string): Error {
    return new Error(`The intrinsic function '${this.source}' ${problem} at position ${this.position}.`);
  }
}

function constant(value: unknown): EvaluateIntrinsic {
  return () => value;
}
