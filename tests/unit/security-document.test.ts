import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** Matches the title of a suite or test, and the first text in a row of a test table. */
const TITLE = /(?:\b(?:it|describe)\w*\(|\)\(|\[)\s*(['"`])((?:(?!\1).)*)\1/g;

function listTitles(source: string): string[] {
  return [...source.matchAll(TITLE)].map(([, , title = '']) => title);
}

describe.each([
  ['SECURITY.md', 50],
  ['docs/security-checklists.md', 40],
])('%s', (path, minimum) => {
  const text = readFileSync(join(root, path), 'utf8');
  // A row can cite several tests: `file`: title; `file`: title
  const cited = [...text.matchAll(/[|;] `([\w./-]+\.test\.ts)`: ([^|;]+?)(?=;| \|)/g)].map(
    ([, file, name]) => [file, name],
  );

  it('cites tests', () => {
    expect(cited.length).toBeGreaterThan(minimum);
  });

  it.each(cited)('cites an existing test in %s: %s', (file = '', name = '') => {
    expect(listTitles(readFileSync(join(root, file), 'utf8')).some((title) => title.includes(name))).toBe(
      true,
    );
  });

  it('has a test, or a reason for a missing test, in every row', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });
});

describe('docs/security-checklists.md', () => {
  const text = readFileSync(join(root, 'docs', 'security-checklists.md'), 'utf8');
  const items = text.split('\n').filter((line) => /^\| (?!recommendation|risk)/.test(line));

  it.each(items)('states whether the item is met: %s', (item) => {
    expect(item.split(' | ')[1]).toMatch(/^(met|\*\*not met\*\*|does not apply)$/);
  });
});
