import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { UnsupportedError, UsageError } from '../core/service';

/** esbuild's own options, as far as they make sense for a function; the shape of `esbuild.json`. */
export type EsbuildSettings = Pick<BuildOptions, (typeof allowedSettings)[number]>;

const allowedSettings = [
  'alias',
  'banner',
  'charset',
  'conditions',
  'define',
  'external',
  'footer',
  'format',
  'keepNames',
  'legalComments',
  'loader',
  'mainFields',
  'minify',
  'minifyIdentifiers',
  'minifySyntax',
  'minifyWhitespace',
  'platform',
  'resolveExtensions',
  'sourcemap',
  'sourcesContent',
  'target',
  'treeShaking',
  'tsconfig',
] as const;

const defaults: EsbuildSettings = { format: 'cjs', mainFields: ['module', 'main'], target: 'node20' };

export function settingsFile(root: string): string {
  return join(root, 'esbuild.json');
}

/** Reads `<root>/esbuild.json`, the settings `sam build` uses too; empty if there is none. */
export async function readSettings(root: string): Promise<EsbuildSettings> {
  const file = settingsFile(root);
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(await readFile(file, 'utf8')) as EsbuildSettings;
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

/** Merges the settings over the defaults, with what this runtime needs set. Throws UnsupportedError. */
export function buildOptions(settings: EsbuildSettings): BuildOptions {
  for (const name of Object.keys(settings)) {
    if (!(allowedSettings as readonly string[]).includes(name)) {
      throw new UnsupportedError(`esbuild.json: the setting ${name} is not supported.`);
    }
  }
  const merged = { ...defaults, ...settings };
  if ((merged.platform ?? 'node') !== 'node') {
    throw new UnsupportedError(`esbuild.json: the platform ${merged.platform} is not supported, only node.`);
  }
  if (merged.format !== 'cjs' && merged.format !== 'esm') {
    throw new UnsupportedError(
      `esbuild.json: the format ${merged.format} is not supported, only cjs and esm.`,
    );
  }
  return {
    ...merged,
    platform: 'node',
    bundle: true,
    target: supportedTarget(merged.target),
    // Stack traces point to the sources here whatever is deployed. The sources themselves are on disk.
    sourcemap: 'linked',
    sourcesContent: false,
    ...(merged.format === 'esm' ? { outExtension: { '.js': '.mjs' } } : {}),
    logLevel: 'silent',
  };
}

/** A target newer than the Node.js that runs here is lowered to it, or its syntax would not load. */
function supportedTarget(target: BuildOptions['target']): string[] {
  const running = Number(process.versions.node.split('.')[0]);
  return [target ?? 'node20'].flat().map((name) => {
    const version = /^node(\d+)/.exec(name)?.[1];
    return version !== undefined && Number(version) > running ? `node${running}` : name;
  });
}
