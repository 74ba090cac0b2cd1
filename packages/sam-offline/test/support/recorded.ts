import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A response of AWS. The placeholder `<name>` in a string matches any text. */
export interface Recorded {
  /** The place where the response was published. */
  readonly source?: string;
  /** Set if the response was not published in full. `docs/aws-verification.md` lists these responses. */
  readonly assumption?: true;
  readonly note?: string;
  readonly status: number;
  /** The headers that clients evaluate. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The JSON body, or the text of a body that is not JSON. */
  readonly body?: unknown;
}

/** Reads the recorded responses of a service, by name. */
export function readRecorded<T = Recorded>(service: string): Record<string, T> {
  return JSON.parse(readFileSync(join(__dirname, `../recorded/${service}.json`), 'utf8'));
}

/** Returns the recorded value with matchers for its placeholders. */
export function toMatcher(recorded: unknown): unknown {
  if (Array.isArray(recorded)) return recorded.map(toMatcher);
  if (typeof recorded === 'object' && recorded !== null) {
    return Object.fromEntries(Object.entries(recorded).map(([name, value]) => [name, toMatcher(value)]));
  }
  if (typeof recorded !== 'string' || !/<\w+>/.test(recorded)) return recorded;
  const parts = recorded.split(/<\w+>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return expect.stringMatching(new RegExp(`^${parts.join('.*')}$`, 's'));
}

/** Expects the status, the recorded headers and exactly the recorded body. */
export async function expectRecorded(response: Response, recorded: Recorded | undefined): Promise<void> {
  if (!recorded) throw new Error('The response is not recorded.');
  const text = await response.text();
  const isJson = typeof recorded.body === 'object';
  const headers = Object.keys(recorded.headers ?? {}).map((name) => [name, response.headers.get(name)]);
  expect({
    status: response.status,
    headers: Object.fromEntries(headers),
    body: isJson ? JSON.parse(text) : text,
  }).toEqual({ status: recorded.status, headers: recorded.headers ?? {}, body: toMatcher(recorded.body) });
}
