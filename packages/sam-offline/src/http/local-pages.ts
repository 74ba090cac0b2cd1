import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults } from '../core/faults';
import type { Gateway } from '../gateway';
import { readBody } from './body';
import { type ConsoleData, consoleHandler } from './console';
import { parseFault } from './fault-input';
import { reply, replyEmpty, replyJson } from './reply';

/** A page of the runtime: what is sent for GET (and, without the body, for HEAD). */
export interface PageResult {
  /** Default 200. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Buffer;
}

export type Page = (request: IncomingMessage) => PageResult | Promise<PageResult>;

export interface LocalPages {
  readonly gateway?: Gateway;
  readonly faults: Faults;
  /** Whether the runtime is ready to serve. */
  readonly ready: () => boolean;
  /** What the console at `/_local/` shows; there is none without it. */
  readonly console?: ConsoleData;
  /** By exact path. */
  readonly pages: ReadonlyMap<string, Page>;
}

const MAX_FAULT_BYTES = 64 * 1024;
const DROP = /^\/_local\/connections\/([^/]+)\/drop$/;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** The runtime's own endpoints under `/_local/`, and its pages: the handlers of a path by method. */
export function localHandlers(local: LocalPages, path: string): Record<string, Handler> | undefined {
  const { gateway, faults } = local;
  const drop = DROP.exec(path)?.[1];
  if (drop !== undefined) return { POST: (_request, response) => replyDrop(gateway, drop, response) };
  switch (path) {
    case '/_local/health':
      return readOnly((_request, response) =>
        local.ready()
          ? replyJson(response, 200, { status: 'ok' })
          : replyJson(response, 503, { status: 'starting' }),
      );
    case '/_local/connections':
      return readOnly((_request, response) => replyJson(response, 200, gateway?.connections() ?? []));
    case '/_local/faults':
      return {
        ...readOnly((_request, response) => replyJson(response, 200, faults.list())),
        POST: (request, response) => addFault(faults, request, response),
        DELETE(_request, response) {
          faults.clear();
          replyEmpty(response, 204);
        },
      };
  }
  const page = local.pages.get(path);
  if (page) return readOnly((request, response) => replyPage(page, request, response));
  const shown = local.console && consoleHandler(local.console, path, local.ready);
  return shown && readOnly(shown);
}

/** Node sends no body in answer to HEAD, so that one handler serves both. */
function readOnly(handler: Handler): Record<string, Handler> {
  return { GET: handler, HEAD: handler };
}

function replyDrop(gateway: Gateway | undefined, segment: string, response: ServerResponse): void {
  let connectionId = segment;
  try {
    connectionId = decodeURIComponent(segment);
  } catch {
    // Not an encoded id, and so none that exists.
  }
  if (gateway?.drop(connectionId)) replyEmpty(response, 204);
  else replyJson(response, 404, { message: `There is no connection ${connectionId}.` });
}

async function addFault(faults: Faults, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, MAX_FAULT_BYTES);
  const fault = body === undefined ? 'The body is too large.' : parseFault(body.toString());
  if (typeof fault === 'string') return replyJson(response, 400, { message: fault });
  faults.add(fault);
  replyJson(response, 201, fault);
}

async function replyPage(page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status = 200, contentType, body } = await page(request);
  reply(response, status, contentType, body);
}
