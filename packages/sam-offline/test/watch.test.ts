import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchFiles } from '../src/cli/watch';

let folder: string;
let end: () => void;
let lines: string[];
let rebuild: jest.Mock<Promise<void>>;
/** Resolves at the next line. */
let told: Promise<string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'));
  for (const name of ['source.ts', 'template.yaml', 'other.ts']) writeFileSync(join(folder, name), '1');
  lines = [];
  rebuild = jest.fn(async () => undefined);
  let tell: (line: string) => void = () => undefined;
  const renew = () => {
    told = new Promise((resolve) => {
      tell = resolve;
    });
  };
  renew();
  end = watchFiles({
    sources: () => [join(folder, 'source.ts')],
    definitions: [join(folder, 'template.yaml')],
    rebuild,
    tell(line) {
      lines.push(line);
      tell(line);
      renew();
    },
  });
});

afterEach(() => {
  end();
  rmSync(folder, { recursive: true });
});

/** As vim saves: a new file takes the old one's place. */
function saveByRename(name: string): void {
  writeFileSync(join(folder, `${name}.new`), '2');
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

describe('watching', () => {
  it.each([
    ['by writing', () => writeFileSync(join(folder, 'source.ts'), '2')],
    ['by renaming', () => saveByRename('source.ts')],
  ])('rebuilds after a source was saved %s', async (_how, save) => {
    save();
    expect(await told).toMatch(/^Bundled anew after a change of .*source\.ts\.$/);
    expect(rebuild).toHaveBeenCalledTimes(1);
  });

  it('asks for a restart after a change of the template, and ignores files that are not used', async () => {
    saveByRename('other.ts');
    saveByRename('template.yaml');
    expect(await told).toMatch(/^template changed: restart to apply/);
    expect(rebuild).not.toHaveBeenCalled();
    expect(lines).toHaveLength(1);
  });

  it('takes any source for the one that is missing after a build that failed', async () => {
    rebuild.mockRejectedValueOnce(new Error('no other'));
    saveByRename('source.ts');
    expect(await told).toBe('Not bundled: no other');
    saveByRename('other.ts');
    expect(await told).toMatch(/^Bundled anew after a change of .*other\.ts\.$/);
  });
});
