import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lookup } from 'mrmime';
import { NO_FRAMING } from '../http/no-framing';
import { resolveFile } from '../http/resolve-file';
import type { WebsiteBuild } from './build';
import { renderBuildPage } from './build-page';
import type { WebsiteModel } from './model';

export interface WebFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WebsiteOptions {
  /** Replaces AWS addresses in header values with local addresses, for example in a Content-Security-Policy. */
  readonly rewrite?: (text: string) => string;
  /** Returns whether open pages show build errors. */
  readonly showsBuildErrors?: () => boolean;
}

/**
 * Loads the script that shows build errors on a page. The script has the same origin as the page, so that the website's
 * Content-Security-Policy can allow it.
 */
const BUILD_ERRORS_SCRIPT = '<script type="module" src="/_local/console/page-build-errors.js"></script>';

/** An application's website. */
export interface Website {
  /** Returns whether the website has a page at `/`, now or after the current build. */
  exists(): boolean;
  /** Returns the file at a URL path, or undefined if the file does not exist. */
  file(path: string): Promise<WebFile | undefined>;
}

/**
 * Creates a website that serves a folder. `/` serves `index.html`. If the sources have changed, builds the website first. As
 * after a deployment, `/config.json` contains values of the template's outputs.
 */
export function createWebsite(
  { folder, config, headers = {} }: WebsiteModel,
  outputs: () => Readonly<Record<string, string>>,
  build: WebsiteBuild,
  { rewrite = (text) => text, showsBuildErrors = () => false }: WebsiteOptions = {},
): Website {
  const isBuilt = () => existsSync(join(folder, 'index.html'));
  const rewriteHeaders = () =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, rewrite(value)]));
  const exists = () => isBuilt() || build.check().status === 'building';

  async function file(path: string): Promise<WebFile | undefined> {
    const buildPage = path === '/' ? renderBuildPage(build.check()) : undefined;
    if (buildPage !== undefined)
      return {
        contentType: getContentType('.html'),
        body: Buffer.from(buildPage),
        headers: { ...NO_FRAMING, 'cache-control': 'no-store' },
      };
    if (!isBuilt()) return undefined;
    const found = await readAppFile(path);
    return found && { ...found, headers: rewriteHeaders() };
  }

  async function readAppFile(path: string): Promise<WebFile | undefined> {
    if (path === '/config.json' && Object.keys(config).length > 0) {
      return { contentType: 'application/json', body: Buffer.from(formatConfigJson(config, outputs())) };
    }
    const name = resolveFile(folder, path === '/' ? '/index.html' : path);
    if (name === undefined) return undefined;
    const body = await readFile(name).catch(() => undefined); // missing, or a folder
    if (!body) return undefined;
    const isPage = name.endsWith('.html');
    return {
      contentType: getContentType(name),
      body: isPage && showsBuildErrors() ? addBuildErrorsScript(body) : body,
    };
  }

  return { exists, file };
}

/** Adds the script to a served page. The file in the folder is not changed, because it is deployed. */
function addBuildErrorsScript(page: Buffer): Buffer {
  // Latin-1 preserves every byte of any encoding that extends ASCII.
  return Buffer.from(page.toString('latin1').replace(/(?=<\/head>)|$/i, BUILD_ERRORS_SCRIPT), 'latin1');
}

/** Returns the content of `/config.json`. `config` contains the member names and their outputs. */
export function formatConfigJson(
  config: WebsiteModel['config'],
  outputs: Readonly<Record<string, string>>,
): string {
  const members = Object.entries(config).map(([name, output]) => [name, outputs[output]]);
  return `${JSON.stringify(Object.fromEntries(members))}\n`;
}

/** Returns the content type for a file name, with the charset for text. */
export function getContentType(name: string): string {
  const type = lookup(name) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}
