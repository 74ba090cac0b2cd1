import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { UnsupportedError, UsageError } from '../../core/service';

/** The content of `esbuild.json`: the esbuild options that are valid for functions. */
export type EsbuildSettings = Pick<BuildOptions, (typeof ALLOWED_SETTINGS)[number]>;

const ALLOWED_SETTINGS = [
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

const DEFAULTS: EsbuildSettings = { format: 'cjs', mainFields: ['module', 'main'], target: 'node20' };

/** Returns the path of `esbuild.json`. */
export function getSettingsFile(root: string): string {
  return join(root, 'esbuild.json');
}

/** Reads `<root>/esbuild.json`, which `sam build` can also use. Returns no settings if it does not exist. */
export async function readSettings(root: string): Promise<EsbuildSettings> {
  const file = getSettingsFile(root);
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(await readFile(file, 'utf8')) as EsbuildSettings;
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

/**
 * Returns the esbuild options. Combines the settings, the defaults, and the options that functions require.
 *
 * @throws UnsupportedError for an unsupported setting
 */
export function createBuildOptions(settings: EsbuildSettings): BuildOptions {
  for (const name of Object.keys(settings)) {
    if (!(ALLOWED_SETTINGS as readonly string[]).includes(name)) {
      throw new UnsupportedError(`esbuild.json: the setting ${name} is not supported.`);
    }
  }
  const merged = { ...DEFAULTS, ...settings };
  if ((merged.platform ?? 'node') !== 'node') {
    throw new UnsupportedError(`esbuild.json: the platform ${merged.platform} is not supported. Use node.`);
  }
  if (merged.format !== 'cjs' && merged.format !== 'esm') {
    throw new UnsupportedError(`esbuild.json: the format ${merged.format} is not supported. Use cjs or esm.`);
  }
  return {
    ...merged,
    platform: 'node',
    bundle: true,
    target: limitTarget(merged.target),
    // Stack traces always refer to the source files. The files are on disk, so the source map does not need their content.
    sourcemap: 'linked',
    sourcesContent: false,
    ...(merged.format === 'esm' ? { outExtension: { '.js': '.mjs' } } : {}),
    logLevel: 'silent',
  };
}

/** Lowers a target that is newer than the running Node.js version, which could not parse the newer syntax. */
function limitTarget(target: BuildOptions['target']): string[] {
  const running = Number(process.versions.node.split('.')[0]);
  return [target ?? 'node20'].flat().map((name) => {
    const version = /^node(\d+)/.exec(name)?.[1];
    return version !== undefined && Number(version) > running ? `node${running}` : name;
  });
}
