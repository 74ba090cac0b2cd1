import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { CloudFrontClient, paginateListInvalidations } from '@aws-sdk/client-cloudfront';
import { addPageOutputs, describeDeployedStack, requireOutput } from '../../scripts/stack';
import { npmRun, toResult } from './operator';
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

/** Runs `npm run deploy:web` and checks that CloudFront serves the files of the build. */
export async function checkDeployWeb(stackName: string): Promise<TestResult[]> {
  const { code } = await npmRun('deploy:web', '--stack', stackName);
  const stack = await addPageOutputs(await describeDeployedStack(stackName), stackName);
  const names = (await readdir(FOLDER, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'config.json')
    .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)));
  const pageUrl = requireOutput(stack, 'WebPageUrl');
  const served = await Promise.all(names.map((name) => isServed(pageUrl, name)));
  const config = await fetch(`${pageUrl}config.json`);
  return [
    toResult('deploy:web uploads the page', code === 0 && names.includes('index.html')),
    ...names.map((name, index) =>
      toResult(`deploy:web makes CloudFront serve ${name}`, served[index] === true),
    ),
    toResult(
      'deploy:web writes the WebSocket URL to config.json',
      config.headers.get('cache-control') === 'no-cache' &&
        JSON.parse(await config.text()).webSocketUrl === requireOutput(stack, 'WebSocketUrl'),
    ),
    toResult(
      'deploy:web invalidates the distribution',
      await isInvalidated(requireOutput(stack, 'WebDistributionId')),
    ),
  ];
}

async function isServed(pageUrl: string, name: string): Promise<boolean> {
  const response = await fetch(pageUrl + name);
  const cache = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  return (
    response.status === 200 &&
    TYPES[extname(name)]?.test(response.headers.get('content-type') ?? '') === true &&
    response.headers.get('cache-control') === cache &&
    (await readFile(join(FOLDER, name))).equals(Buffer.from(await response.arrayBuffer()))
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
  return ids.length > 0; // each upload creates another invalidation
}

/** Runs `npm run deploy:web -- --delete`. `findLeftovers` checks that nothing remains. */
export async function checkDeletedPage(stackName: string): Promise<TestResult> {
  const { code, stdout } = await npmRun('deploy:web', '--stack', stackName, '--delete');
  return toResult(
    'deploy:web --delete deletes the page and its stack',
    code === 0 && stdout.includes(`Deleted the stack ${stackName}-web.`),
  );
}
