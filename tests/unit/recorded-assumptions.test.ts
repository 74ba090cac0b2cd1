import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../testbed/template';

interface Recorded {
  source?: string;
  assumption?: true;
}

const folder = join(root, 'packages/sam-offline/test/recorded');
const responses = readdirSync(folder).flatMap((file) => {
  const recorded: Record<string, Recorded> = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return Object.entries(recorded).map(([name, response]) => ({
    id: `${file.replace('.json', '')}/${name}`,
    ...response,
  }));
});

describe('recorded responses of AWS', () => {
  it.each(responses)('has either a source or an assumption: $id', ({ source, assumption }) => {
    expect([source === undefined, assumption === undefined].sort()).toEqual([false, true]);
    if (source !== undefined) expect(source).toMatch(/^https:\/\/\S+$/);
  });

  it('matches the list of assumptions in docs/aws-verification.md', () => {
    const document = readFileSync(join(root, 'docs/aws-verification.md'), 'utf8');
    const section = /## Recorded responses\n(.*?)\n## /s.exec(document)?.[1] ?? '';
    const items = section.split('\n').filter((line) => line.startsWith('- '));
    const listed = items.flatMap((line) => [...line.matchAll(/`(.+?)`/g)].map(([, id]) => id));
    const assumptions = responses.filter(({ assumption }) => assumption).map(({ id }) => id);
    expect(listed.sort()).toEqual(assumptions.sort());
  });
});
