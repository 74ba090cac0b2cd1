import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

describe.each([
  ['SECURITY.md', 50],
  ['docs/security-checklist.md', 40],
])('%s', (path, minimum) => {
  const text = readFileSync(join(root, path), 'utf8');
  const cited = [...text.matchAll(/\| `([\w./-]+\.test\.ts)`: ([^|]+) \|/g)].map(([, file, name]) => [
    file,
    name,
  ]);

  it('cites tests', () => {
    expect(cited.length).toBeGreaterThan(minimum);
  });

  it.each(cited)('cites a test of %s: %s', (file = '', name = '') => {
    expect(readFileSync(join(root, file), 'utf8')).toContain(name);
  });

  it('has a test, or a reason why there is none, in every row', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });
});
