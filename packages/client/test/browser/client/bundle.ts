import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** The client's test files, without `.test.ts`: the page's script has each of them. */
export function suiteNames(): string[] {
  const files = readdirSync(join(__dirname, '../..'));
  return files.filter((file) => file.endsWith('.test.ts')).map((file) => basename(file, '.test.ts'));
}

/** The page's script: client, tests, and the chat they run it against, with shims for what is Node.js' own. */
export async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"test"', global: 'globalThis' },
    alias: {
      'node:crypto': join(__dirname, 'shims/crypto.ts'),
      'jest-util': join(__dirname, 'shims/jest-util.ts'),
      'jest-message-util': join(__dirname, 'shims/jest-util.ts'),
    },
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
