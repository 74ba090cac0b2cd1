import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { CloudFrontClient, paginateListInvalidations } from '@aws-sdk/client-cloudfront';
import { output, type StackPlace } from '../../scripts/stack';
import { is, npmRun } from './operator';
import type { TestResult } from './verdict';

const FOLDER = 'packages/web/dist';
const TYPES: Record<string, RegExp> = {
  '.html': /^text\/html\b/,
  '.js': /^text\/javascript\b/,
  '.css': /^text\/css\b/,
  '.json': /^application\/json\b/,
  '.svg': /^image\/svg\+xml\b/,
  '.woff2': /^font\/woff2\b/,
};

/** `npm run deploy:web`, and whether CloudFront serves then what was built, as results. */
export async function deployPage(place: StackPlace, stack: string): Promise<TestResult[]> {
  const { code } = await npmRun('deploy:web', '--stack', stack);
  const names = (await readdir(FOLDER, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'config.json')
    .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)));
  const page = output(place, 'WebPageUrl');
  const served = await Promise.all(names.map((name) => isServed(page, name)));
  const config = await fetch(`${page}config.json`);
  return [
    is('deploy:web uploads the page', code === 0 && names.includes('index.html')),
    ...names.map((name, index) => is(`deploy:web serves ${name} as it was built`, served[index] === true)),
    is(
      'deploy:web tells the page where to connect',
      config.headers.get('cache-control') === 'no-cache' &&
        JSON.parse(await config.text()).webSocketUrl === output(place, 'WebSocketUrl'),
    ),
    is(
      'deploy:web makes CloudFront forget what it holds',
      await isInvalidated(output(place, 'WebDistributionId')),
    ),
  ];
}

async function isServed(page: string, name: string): Promise<boolean> {
  const answer = await fetch(page + name);
  const cache = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  return (
    answer.status === 200 &&
    TYPES[extname(name)]?.test(answer.headers.get('content-type') ?? '') === true &&
    answer.headers.get('cache-control') === cache &&
    (await readFile(join(FOLDER, name))).equals(Buffer.from(await answer.arrayBuffer()))
  );
}

async function isInvalidated(DistributionId: string): Promise<boolean> {
  const ids: string[] = [];
  for await (const { InvalidationList } of paginateListInvalidations(
    { client: new CloudFrontClient({}) },
    { DistributionId },
  )) {
    ids.push(...(InvalidationList?.Items ?? []).map(({ Id = '' }) => Id));
  }
  return ids.length === 1;
}

/** `npm run deploy:web -- --empty`, without which `sam delete` deletes no bucket. */
export async function emptyPage(stack: string): Promise<TestResult> {
  const { code, stdout } = await npmRun('deploy:web', '--stack', stack, '--empty');
  return is('deploy:web --empty deletes the page', code === 0 && /^Deleted [1-9]\d* files\.$/m.test(stdout));
}
