import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Handler, reply, replyJson } from '../http/reply';
import { findPackage } from './find-package';

const FOLDER = join(findPackage(__dirname), 'console');

/** A strict policy, because the page shows text that the application's users write. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Returns the handler of the console's page, `/_local/`, or of one of its files, `/_local/console/NAME`. */
export function findStaticFile(path: string): Handler | undefined {
  if (path === '/_local') return redirectToConsole;
  if (path === '/_local/') return replyFile('index.html');
  const name = /^\/_local\/console\/([a-z][a-z-]*\.(?:css|js|svg))$/.exec(path)?.[1];
  return name === undefined ? undefined : replyFile(name);
}

const redirectToConsole: Handler = (_request, response) => {
  response.writeHead(308, { location: '/_local/', 'content-length': 0 });
  response.end();
};

function replyFile(name: string): Handler {
  return (_request, response) => {
    const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    const path = join(FOLDER, name);
    if (existsSync(path)) reply(response, 200, contentType, readFileSync(path), HEADERS);
    else replyJson(response, 404, { message: `The console has no file ${name}.` });
  };
}
