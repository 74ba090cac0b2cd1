import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchFiles } from '../src/cli/watch';

let folder: string;
let end: () => void;
let lines: string[];
let rebuild: jest.Mock<Promise<void>>;
/** Resolves to the next line. */
let nextLine: Promise<string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'));
  for (const name of ['source.ts', 'template.yaml', 'other.ts']) writeFileSync(join(folder, name), '1');
  lines = [];
  rebuild = jest.fn(async () => undefined);
  let resolveLine: (line: string) => void = () => undefined;
  const awaitNext = () => {
    nextLine = new Promise((resolve) => {
      resolveLine = resolve;
    });
  };
  awaitNext();
  end = watchFiles({
    sources: () => [join(folder, 'source.ts')],
    definitions: [join(folder, 'template.yaml')],
    rebuild,
    print(line) {
      lines.push(line);
      resolveLine(line);
      awaitNext();
    },
  });
});

afterEach(() => {
  end();
  rmSync(folder, { recursive: true });
});

/** Saves a file like vim does: a new file replaces the old file. */
function saveByRename(name: string): void {
  writeFileSync(join(folder, `${name}.new`), '2');
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

describe('watch mode', () => {
  it.each([
    ['by writing', () => writeFileSync(join(folder, 'source.ts'), '2')],
    ['by renaming', () => saveByRename('source.ts')],
  ])('rebuilds when a source file is saved %s', async (_how, save) => {
    save();
    expect(await nextLine).toMatch(/^Rebuilt: .*source\.ts$/);
    expect(rebuild).toHaveBeenCalledTimes(1);
  });

  it('asks for a restart when the template changes, and ignores other files', async () => {
    saveByRename('other.ts');
    saveByRename('template.yaml');
    expect(await nextLine).toMatch(/^Changed: .*template\.yaml\. Restart to apply the change\.$/);
    expect(rebuild).not.toHaveBeenCalled();
    expect(lines).toHaveLength(1);
  });

  it('rebuilds for any new file after a failed build', async () => {
    rebuild.mockRejectedValueOnce(new Error('no other'));
    saveByRename('source.ts');
    expect(await nextLine).toBe('Build failed, the previous code keeps running: no other');
    saveByRename('other.ts');
    expect(await nextLine).toMatch(/^Rebuilt: .*other\.ts$/);
  });
});
