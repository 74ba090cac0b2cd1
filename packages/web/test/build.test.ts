import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

/** The JavaScript of the chat page on the first visit, compressed. */
const BUDGET_BYTES = 45 * 1024;

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-'));
  await run(process.execPath, [join(__dirname, '..', 'build.mjs'), folder]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const pages = () => names().filter((name) => name.endsWith('.html'));

describe('the build', () => {
  it('produces two pages, and the chat page loads less than 45 KB of compressed JavaScript', () => {
    expect(pages()).toHaveLength(2);
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    const scripts = html.match(/(?<=(?:src|href)="\.\/)[^"]+\.js(?=")/g) ?? [];
    expect(scripts).toHaveLength(2); // one for this page, and one that both pages share
    const bytes = scripts.map((name) => gzipSync(readFileSync(join(folder, name))).length);
    expect(bytes.reduce((sum, length) => sum + length, 0)).toBeLessThan(BUDGET_BYTES);
  });

  it('has no inline scripts or styles and no external resources', () => {
    for (const page of pages()) {
      const html = readFileSync(page, 'utf8');
      expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/i);
      expect(html.match(/<script[^>]*>/g)).toEqual([expect.stringContaining(' src="./assets/')]);
      expect(html.match(/<script[^>]*>[^<]+/g)).toBeNull();
      expect(html).not.toMatch(/(?:src|href)="(?!\.\/)/);
    }
  });

  it('reports the location of a syntax error without a stack', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'web-'));
    const packages = join(__dirname, '..', '..');
    for (const name of ['client/src', 'web/src'])
      cpSync(join(packages, name), join(copy, name), { recursive: true });
    for (const name of ['build.mjs', 'vite.config.mjs', 'index.html', 'broadcast.html'])
      cpSync(join(packages, 'web', name), join(copy, 'web', name));
    symlinkSync(join(packages, '..', 'node_modules'), join(copy, 'node_modules'));
    appendFileSync(join(copy, 'web', 'src', 'main.tsx'), 'const = 1;');
    const failure = await run(process.execPath, [join(copy, 'web', 'build.mjs')]).catch((error) => error);
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining('src/main.tsx:') });
    expect(failure.stderr).not.toMatch(/^\s+at /m);
    rmSync(copy, { recursive: true });
  });

  it('removes stale and temporary files', async () => {
    const before = names();
    await run(process.execPath, [join(__dirname, '..', 'build.mjs'), folder]);
    expect(names()).toEqual(before);
    expect(before.filter((name) => /\.\d+$/.test(name))).toEqual([]);
  });
});
