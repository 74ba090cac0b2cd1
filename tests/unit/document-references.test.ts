import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../testbed/template';
import {
  findBrokenLinks,
  findBrokenPaths,
  findScripts,
  listAnchors,
  listTrackedFiles,
  type Repository,
} from '../support/document-references';

/**
 * The folder with templates of generated documents. It is not checked, because links in a template are relative to the
 * generated document. The generated documents are checked.
 */
const TEMPLATES = 'scripts/protocol-docs/';

/** Paths that documents contain although no tracked file has this path. */
const UNTRACKED: Record<string, string> = {
  'load/reports/index.html': 'written by the load tests',
  'node_modules/jest/bin/jest.js': 'installed by npm',
  'packages/*/test/browser/results': 'screenshots of the browser tests',
  'test/chat.test.mjs': 'written by sam-offline init',
};

const files = listTrackedFiles();
const documents = files.filter((file) => file.endsWith('.md') && !file.startsWith(TEMPLATES));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const scripts = new Set(
  files
    .filter((file) => /(^|\/)package\.json$/.test(file))
    .flatMap((file) => Object.keys((JSON.parse(read(file)) as { scripts?: object }).scripts ?? {})),
);
const repository: Repository = { files, readAnchors: (file) => listAnchors(read(file)) };

describe('documents', () => {
  it.each(documents)('%s links only to existing files and headings', (file) => {
    expect(findBrokenLinks(file, read(file), repository)).toEqual([]);
  });

  it.each(documents)('%s contains only existing paths', (file) => {
    const broken = findBrokenPaths(file, read(file), repository);
    expect(broken.filter((path) => !(path in UNTRACKED))).toEqual([]);
  });

  it.each(documents)('%s contains only existing npm scripts', (file) => {
    expect(findScripts(read(file)).filter((script) => !scripts.has(script))).toEqual([]);
  });

  it.each(Object.entries(UNTRACKED))('contains %s, which is %s', (path) => {
    expect(documents.some((file) => findBrokenPaths(file, read(file), repository).includes(path))).toBe(true);
  });
});

it('refers only to existing decisions in code', () => {
  const code = files.filter((file) => /\.(ts|tsx|m?js|json|ya?ml|py|sh)$/.test(file));
  const named = code.flatMap((file) => read(file).match(/docs\/decisions\/[\w-]+\.md(#[\w-]+)?/g) ?? []);
  expect(named.length).toBeGreaterThan(0);
  expect(named.flatMap((path) => findBrokenPaths('README.md', `\`${path}\``, repository))).toEqual([]);
});

describe('the checks', () => {
  const example: Repository = {
    files: ['README.md', 'docs/a.md', 'functions/rooms/join.ts', 'packages/client/src/core/machine.ts'],
    readAnchors: () => listAnchors('# Title\n\n## `seq` and *epoch*\n\n## Twice\n\n## Twice\n'),
  };

  it.each([
    ['[b](b.md)', 'b.md'],
    ['[a](a.md#missing)', 'a.md#missing'],
    ['[above](#missing)', '#missing'],
    ['[root](../functions/rooms/leave.ts "title")', '../functions/rooms/leave.ts'],
    ['<img src="images/a.png" alt="">', 'images/a.png'],
  ])('finds the broken link in %s', (markdown, target) => {
    expect(findBrokenLinks('docs/a.md', markdown, example)).toEqual([target]);
  });

  it.each([
    '[a](a.md#seq-and-epoch) [b](#twice-1) [folder](../functions/rooms)',
    '[web](https://example.com/a.md#b) `[code](b.md)`',
    '```\n[code](b.md)\n```',
  ])('accepts the links in %j', (markdown) => {
    expect(findBrokenLinks('docs/a.md', markdown, example)).toEqual([]);
  });

  it.each([
    'functions/rooms/leave.ts',
    'functions/members',
    'src/app/commands.ts',
    'rooms/leave.ts',
    'docs/a.md#missing',
    'functions/rooms/*.json',
  ])('finds the broken path %s', (path) => {
    expect(findBrokenPaths('README.md', `Open \`${path}\`.`, example)).toEqual([path]);
  });

  it.each([
    ['README.md', 'functions/rooms/join.ts'],
    ['README.md', 'functions/rooms/'],
    ['README.md', 'functions/*/{join,leave}.ts'],
    ['README.md', 'rooms/join.ts'],
    ['README.md', 'npm test -- functions/rooms/jo'],
    ['README.md', 'functions/<action>.ts'],
    ['README.md', 'application/json'],
    ['packages/client/README.md', 'src/core/machine.ts'],
  ])('accepts, in %s, the path %s', (file, path) => {
    expect(findBrokenPaths(file, `Open \`${path}\`.`, example)).toEqual([]);
  });

  it.each([
    ['Run `npm run bench -- --quick`.', ['bench']],
    ['```sh\nnpm run --silent sessions -- --json\nnpm --prefix load run aws\n```', ['sessions', 'aws']],
    ['Run npm and run the tests.', []],
  ])('finds the npm scripts in %j', (markdown, names) => {
    expect(findScripts(markdown)).toEqual(names);
  });
});
