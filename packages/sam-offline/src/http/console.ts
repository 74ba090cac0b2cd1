import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { findPackage } from '../core/find-package';
import type { Handler } from './local-pages';
import { reply, replyJson } from './reply';

/** What the console shows, asked for when somebody looks. */
export interface ConsoleData {
  /** How often each part has changed: what the page compares to know what to ask for. */
  versions(): Readonly<Record<string, number>>;
  /** Answers by the path below `/_local/`; the rest of a path that ends with `/` is the handler's argument. */
  readonly views: Readonly<Record<string, View>>;
}

/** Undefined if there is no such thing. */
export type View = (query: URLSearchParams, rest: string) => unknown;

const FILES = join(findPackage(__dirname), 'console');

/** Nothing from elsewhere, nothing inline: what the app's users write is shown on this page. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** How often a page is told what has changed, and how often it hears something if nothing has. */
const TICK_MILLIS = 500;
const HEARTBEAT_TICKS = 20;

/**
 * The runtime's console: the page at `/_local/`, its files under `/_local/console/`, its data below `/_local/`, and
 * `/_local/stream`, an event stream that tells what has changed.
 */
export function consoleHandler(data: ConsoleData, path: string, ready: () => boolean): Handler | undefined {
  if (path === '/_local') return (_request, response) => redirect(response, '/_local/');
  if (path === '/_local/') return (_request, response) => replyFile(response, 'index.html');
  if (path === '/_local/stream') return (request, response) => stream(data, request, response, ready);
  const file = /^\/_local\/console\/([a-z][a-z-]*\.(?:css|js|svg))$/.exec(path)?.[1];
  if (file !== undefined) return (_request, response) => replyFile(response, file);
  const view = viewAt(data, path);
  return view && ((request, response) => replyView(view, request, response));
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(308, { location, 'content-length': 0 });
  response.end();
}

function replyFile(response: ServerResponse, name: string): void {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  const path = join(FILES, name);
  if (existsSync(path)) reply(response, 200, type, readFileSync(path), HEADERS);
  else replyJson(response, 404, { message: `The console has no file ${name}.` });
}

function viewAt(data: ConsoleData, path: string): ((query: URLSearchParams) => unknown) | undefined {
  if (!path.startsWith('/_local/')) return undefined;
  const name = path.slice('/_local/'.length);
  const exact = Object.hasOwn(data.views, name) ? data.views[name] : undefined;
  if (exact) return (query) => exact(query, '');
  const slash = name.indexOf('/') + 1;
  const prefix = name.slice(0, slash);
  const view = slash > 0 && Object.hasOwn(data.views, prefix) ? data.views[prefix] : undefined;
  return view && ((query) => view(query, decoded(name.slice(slash))));
}

async function replyView(
  view: (query: URLSearchParams) => unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const query = new URLSearchParams((request.url ?? '').replace(/^[^?]*\??/, ''));
  const answer = await view(query);
  if (answer === undefined) replyJson(response, 404, { message: 'There is no such thing (any more).' });
  else replyJson(response, 200, answer, { 'cache-control': 'no-store' });
}

/** Server-sent events, each the versions of everything; only when something has changed, and now and then. */
function stream(
  data: ConsoleData,
  request: IncomingMessage,
  response: ServerResponse,
  ready: () => boolean,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  let told = '';
  let ticks = 0;
  const tell = () => {
    if (!ready()) return end();
    const versions = JSON.stringify(data.versions());
    ticks += 1;
    if (versions !== told) response.write(`data: ${versions}\n\n`);
    else if (ticks % HEARTBEAT_TICKS === 0) response.write(':\n\n');
    told = versions;
  };
  const timer = setInterval(tell, TICK_MILLIS);
  const end = () => {
    clearInterval(timer);
    response.end();
  };
  response.on('close', end);
  tell();
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
