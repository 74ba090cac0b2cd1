import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { lookup } from 'mrmime';
import type { WebsiteModel } from '../core/model';
import type { WebsiteBuild } from './build';
import { waitingPage } from './waiting-page';

export interface WebFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/** The files of an app's page. */
export interface Website {
  /** Whether there is a page, or will be when it is built. */
  exists(): boolean;
  /** The file at a URL's path, undefined if there is none; `/` is the page itself. */
  file(path: string): Promise<WebFile | undefined>;
}

/**
 * Serves a folder. `/config.json` is made of the template's outputs, as it is on AWS when the page is uploaded, and
 * only for a page that is there.
 *
 * @param outputs the template's outputs by name
 * @param build keeps the page up to date: whoever opens it waits until that is done
 */
export function openWebsite(
  { folder, config }: WebsiteModel,
  outputs: () => Readonly<Record<string, string>>,
  build: WebsiteBuild,
): Website {
  const isBuilt = () => existsSync(join(folder, 'index.html'));
  const exists = () => isBuilt() || build.check().is === 'building';

  async function file(path: string): Promise<WebFile | undefined> {
    const waiting = path === '/' ? waitingPage(build.check()) : undefined;
    if (waiting !== undefined) return { contentType: contentTypeOf('.html'), body: Buffer.from(waiting) };
    if (!isBuilt()) return undefined;
    if (path === '/config.json' && Object.keys(config).length > 0) {
      return { contentType: 'application/json', body: Buffer.from(configJson(config, outputs())) };
    }
    const name = fileName(folder, path === '/' ? '/index.html' : path);
    if (name === undefined) return undefined;
    const body = await readFile(name).catch(() => undefined); // a folder, or nothing at all
    return body && { contentType: contentTypeOf(name), body };
  }

  return { exists, file };
}

/** The text of `/config.json`: its members, by the outputs they hold. */
export function configJson(
  config: WebsiteModel['config'],
  outputs: Readonly<Record<string, string>>,
): string {
  const members = Object.entries(config).map(([name, output]) => [name, outputs[output]]);
  return `${JSON.stringify(Object.fromEntries(members))}\n`;
}

/** A file's content type by its name, with the encoding of texts. */
export function contentTypeOf(name: string): string {
  const type = lookup(name) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}

/** The path of a file in the folder; undefined for one that leads out of it. */
function fileName(folder: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0')) return undefined;
  const name = resolve(folder, `.${decoded}`);
  return name.startsWith(folder + sep) ? name : undefined;
}
