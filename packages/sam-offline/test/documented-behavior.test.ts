import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENTS = ['websocket-apis', 'rest-apis'].map((name) =>
  readFileSync(join(__dirname, `../docs/${name}.md`), 'utf8').replace(/^## To confirm.*/ms, ''),
);
const RECORDED = readdirSync(join(__dirname, 'recorded')).map((name) => read(`recorded/${name}`));

/** The rows of the tables. Each row contains a behavior, its sources and its tests. */
const ROWS = DOCUMENTS.join('\n')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| behavior '))
  .map((line) => line.slice(2, -2).split(' | '));

function read(name: string): string {
  return readFileSync(join(__dirname, name), 'utf8');
}

function linksOf(cell = ''): [text: string, target: string][] {
  return [...cell.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, text = '', target = '']) => [text, target]);
}

describe('the lists of behavior', () => {
  it.each(ROWS)('cites tests that exist and name their source: %s', (_behavior, sources, tests) => {
    const files = linksOf(tests).map(([title, path]) => {
      const file = read(path.replace('../test/', ''));
      expect([path, file.includes(`'${title}'`) || title]).toEqual([path, true]);
      return file;
    });
    expect(files).not.toEqual([]);
    for (const [, url] of linksOf(sources)) {
      const isNamed = [...files, ...RECORDED].some((file) => file.includes(url.replace('https://', '')));
      expect([url, isNamed]).toEqual([url, true]);
    }
  });
});
