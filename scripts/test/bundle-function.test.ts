import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '../..');

describe('function bundle', () => {
  const artifacts = mkdtempSync(join(tmpdir(), 'roomcast-bundle-'));
  afterAll(() => rmSync(artifacts, { recursive: true }));

  it('contains only the credential provider for Lambda', () => {
    const script = join(root, 'scripts/bundle-function.mjs');
    execFileSync(process.execPath, [script, 'PingFunction', artifacts], { cwd: root });
    const { sources } = JSON.parse(readFileSync(join(artifacts, 'functions/ping.js.map'), 'utf8'));
    const providers = sources.flatMap((source: string) => source.match(/credential-provider-\w+/) ?? []);
    expect([...new Set(providers)]).toEqual(['credential-provider-env']);
  });
});
