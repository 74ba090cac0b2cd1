/** An error for an invalid query. The message contains the reason. */
export class QueryError extends Error {}

export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'regex' | 'symbol';
  readonly value: string;
}

const SPACE = /(?:\s+|#[^\n]*)+/y;
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['text', /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y],
  ['regex', /\/((?:[^/\\]|\\.)+)\//y],
  ['number', /(-?\d+(?:\.\d+)?)(?![\w.])/y],
  ['name', /`([^`]+)`|([@A-Za-z_][\w@.-]*)/y],
  ['symbol', /(!=|<=|>=|[=<>|,()[\]*])/y],
];

/** @throws QueryError for an unknown character */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = skip(query, 0);
  while (at < query.length) {
    const found = readToken(query, at);
    if (!found) throw new QueryError(`Unexpected ${JSON.stringify(query[at])} at position ${at + 1}.`);
    tokens.push(found.token);
    at = skip(query, found.end);
  }
  return tokens;
}

function skip(query: string, at: number): number {
  SPACE.lastIndex = at;
  return SPACE.test(query) ? SPACE.lastIndex : at;
}

function readToken(query: string, at: number): { token: Token; end: number } | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(query);
    if (!match) continue;
    const value = match[1] ?? match[2] ?? '';
    return {
      token: { kind, value: kind === 'text' ? value.replace(/\\(.)/g, '$1') : value },
      end: pattern.lastIndex,
    };
  }
  return undefined;
}

/** Reads tokens one after another. */
export class TokenReader {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  get isAtEnd(): boolean {
    return this.position >= this.tokens.length;
  }

  /** Returns true and skips the next token if the token is this symbol or keyword. */
  take(value: string): boolean {
    const token = this.tokens[this.position];
    const isFound =
      (token?.kind === 'symbol' && token.value === value) ||
      (token?.kind === 'name' && token.value.toLowerCase() === value);
    if (isFound) this.position += 1;
    return isFound;
  }

  /** @throws QueryError if the next token is a different token */
  require(value: string): void {
    if (!this.take(value)) throw this.expected(`"${value}"`);
  }

  /** @throws QueryError if the next token is of a different kind */
  next(what: string, ...kinds: readonly Token['kind'][]): Token {
    const token = this.tokens[this.position];
    if (!token || !kinds.includes(token.kind)) throw this.expected(what);
    this.position += 1;
    return token;
  }

  /** Reads items that are separated by commas. */
  list<T>(parse: (reader: TokenReader) => T): T[] {
    const items = [parse(this)];
    while (this.take(',')) items.push(parse(this));
    return items;
  }

  expected(what: string): QueryError {
    const token = this.tokens[this.position];
    return new QueryError(
      `Expected ${what}, but found ${token ? `"${token.value}"` : 'the end of the query'}.`,
    );
  }
}
