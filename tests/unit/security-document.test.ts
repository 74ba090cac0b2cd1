import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const text = readFileSync(join(root, 'SECURITY.md'), 'utf8');

describe('SECURITY.md', () => {
  const cited = [...text.matchAll(/\| `([\w./-]+\.test\.ts)`: ([^|]+) \|/g)].map(([, file, name]) => [
    file,
    name,
  ]);

  it('cites tests', () => {
    expect(cited.length).toBeGreaterThan(25);
  });

  it.each(cited)('cites a test of %s: %s', (file = '', name = '') => {
    expect(readFileSync(join(root, file), 'utf8')).toContain(name);
  });
});
