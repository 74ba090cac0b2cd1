import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** Returns the names of the unit test files, which also run in a browser. */
export function listSuites(): string[] {
  const files = readdirSync(join(__dirname, '../../unit'));
  return files.filter((file) => file.endsWith('.test.ts')).map((file) => basename(file, '.test.ts'));
}

/** Bundles the client, its tests and the chat domain for a page. Shims replace Node.js modules. */
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
