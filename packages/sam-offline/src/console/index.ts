import type { Faults } from '../faults/faults';
import { readBody } from '../http/body';
import { decodePath } from '../http/decode';
import { type Handler, reply, replyEmpty, replyJson } from '../http/reply';
import type { WebSocketApis } from '../websocket-api';
import type { ConsoleData, View } from './data';
import { parseFault } from './parse-fault';
import { findStaticFile } from './static-files';
import { streamVersions } from './stream';

/** A generated page or document. */
export interface Page {
  readonly contentType: string;
  readonly body: string;
}

export interface ConsoleOptions {
  readonly webSocketApis?: WebSocketApis;
  readonly faults: Faults;
  /** Whether the runtime has started. */
  readonly ready: () => boolean;
  /** The data of the console's views. Without it, `/_local/` has no console. */
  readonly data?: ConsoleData;
  /** Generated pages by exact path. */
  readonly pages?: ReadonlyMap<string, () => Page>;
}

/** The handlers of a path by method. */
export type Handlers = Readonly<Record<string, Handler>>;

const MAX_FAULT_BYTES = 64 * 1024;
const DROP_PATH = /^\/_local\/connections\/([^/]+)\/drop$/;

/**
 * Returns the handlers of a path under `/_local/`, or of a generated page: the console's page at `/_local/`, its static
 * files, its data, `/_local/stream`, `/_local/health` and `/_local/faults`.
 */
export function findConsoleHandlers(options: ConsoleOptions, path: string): Handlers | undefined {
  const { webSocketApis, faults, ready, data } = options;
  const dropId = DROP_PATH.exec(path)?.[1];
  if (dropId !== undefined) return { POST: dropConnection(webSocketApis, decodePath(dropId)) };
  switch (path) {
    case '/_local/health':
      return readOnly((_request, response) =>
        ready()
          ? replyJson(response, 200, { status: 'ok' })
          : replyJson(response, 503, { status: 'starting' }),
      );
    case '/_local/connections':
      return readOnly((_request, response) => replyJson(response, 200, webSocketApis?.connections() ?? []));
    case '/_local/faults':
      return {
        ...readOnly((_request, response) => replyJson(response, 200, faults.list())),
        POST: addFault(faults),
        DELETE(_request, response) {
          faults.clear();
          replyEmpty(response, 204);
        },
      };
  }
  const page = options.pages?.get(path);
  if (page) return readOnly((_request, response) => replyPage(page(), response));
  if (!data) return undefined;
  if (path === '/_local/stream') return readOnly(streamVersions(data.versions, ready));
  const handler = findStaticFile(path) ?? findView(data, path);
  return handler && readOnly(handler);
}

/** Serves HEAD with the same handler, because Node.js omits the body. */
function readOnly(handler: Handler): Handlers {
  return { GET: handler, HEAD: handler };
}

function dropConnection(webSocketApis: WebSocketApis | undefined, connectionId: string): Handler {
  return (_request, response) => {
    if (webSocketApis?.drop(connectionId)) replyEmpty(response, 204);
    else replyJson(response, 404, { message: `Connection ${connectionId} not found.` });
  };
}

function addFault(faults: Faults): Handler {
  return async (request, response) => {
    const body = await readBody(request, MAX_FAULT_BYTES);
    const fault =
      body === undefined ? `The body is larger than ${MAX_FAULT_BYTES} bytes.` : parseFault(body.toString());
    if (typeof fault === 'string') return replyJson(response, 400, { message: fault });
    faults.add(fault);
    replyJson(response, 201, fault);
  };
}

function replyPage({ contentType, body }: Page, response: Parameters<Handler>[1]): void {
  reply(response, 200, contentType, body);
}

/** Returns the view at a path. The rest of a path below a view that ends with `/` is the view's argument. */
function findView({ views }: ConsoleData, path: string): Handler | undefined {
  if (!path.startsWith('/_local/')) return undefined;
  const name = path.slice('/_local/'.length);
  if (Object.hasOwn(views, name)) return replyView(views[name] as View, '');
  const slash = name.indexOf('/') + 1;
  const prefix = name.slice(0, slash);
  if (slash === 0 || !Object.hasOwn(views, prefix)) return undefined;
  return replyView(views[prefix] as View, decodePath(name.slice(slash)));
}

function replyView(view: View, argument: string): Handler {
  return async (request, response) => {
    const query = new URLSearchParams((request.url ?? '').replace(/^[^?]*\??/, ''));
    const data = await view(query, argument);
    if (data === undefined) replyJson(response, 404, { message: 'Not found, or no longer kept.' });
    else replyJson(response, 200, data, { 'cache-control': 'no-store' });
  };
}
