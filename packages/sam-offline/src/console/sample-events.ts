import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../core/service';

/** A sample event of a WebSocket route, as a template for the console's client. */
export interface SampleEvent {
  /** The name of the file without its extension. */
  readonly name: string;
  readonly routeKey: string;
  /** The frame. Empty for `$connect`. */
  readonly body: string;
  /** The query string of `$connect`. */
  readonly query: string;
  /** The subprotocols of `$connect`. */
  readonly protocols: string;
}

const MAX_FILES = 500;
const MAX_BYTES = 256 * 1024;

/** An event in a file, to invoke a function with. */
export interface EventFile {
  /** The name of the file without its extension. */
  readonly name: string;
  readonly event: unknown;
}

/** Reads the sample events of WebSocket routes. */
export async function readSampleEvents(root: string): Promise<SampleEvent[]> {
  const files = await readEventFiles(root);
  return files.flatMap(({ name, event }) => toSample(name, event) ?? []);
}

/**
 * Reads the events in the folder `events` next to the template, where `sam init` puts them. Ignores other files.
 *
 * @param root the folder of the template
 */
export async function readEventFiles(root: string): Promise<EventFile[]> {
  const folder = join(root, 'events');
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  const events = await Promise.all(files.slice(0, MAX_FILES).map((name) => readEvent(folder, name)));
  return events.filter((event) => event !== undefined);
}

async function readEvent(folder: string, file: string): Promise<EventFile | undefined> {
  const path = join(folder, file);
  try {
    if ((await stat(path)).size > MAX_BYTES) return undefined;
    return { name: file.replace(/\.json$/, ''), event: JSON.parse(await readFile(path, 'utf8')) };
  } catch {
    return undefined; // not a readable JSON file
  }
}

/** Only events of WebSocket APIs have a connection ID. */
function toSample(name: string, event: unknown): SampleEvent | undefined {
  if (!isObject(event) || !isObject(event.requestContext)) return undefined;
  const { routeKey, connectionId } = event.requestContext;
  if (typeof routeKey !== 'string' || typeof connectionId !== 'string') return undefined;
  const query = isObject(event.queryStringParameters) ? Object.entries(event.queryStringParameters) : [];
  const headers = isObject(event.headers) ? Object.entries(event.headers) : [];
  const [, protocols = ''] = headers.find(([key]) => /^sec-websocket-protocol$/i.test(key)) ?? [];
  return {
    name,
    routeKey,
    body: typeof event.body === 'string' ? event.body : '',
    query: new URLSearchParams(
      query.map(([key, value]): [string, string] => [key, String(value)]),
    ).toString(),
    protocols: String(protocols),
  };
}
