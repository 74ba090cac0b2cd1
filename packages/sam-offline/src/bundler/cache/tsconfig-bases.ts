import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * A regular expression instead of a JSON parser, because JSON parsers reject comments. If it matches `extends` inside a
 * comment, the result is an unnecessary but harmless dependency.
 */
const EXTENDS = /"extends"\s*:\s*("[^"]*"|\[[^\]]*\])/;

/**
 * Returns the files that a tsconfig.json extends, directly or indirectly. Returns undefined if a file is not found, for example
 * because the `exports` of a package.json determine its location.
 *
 * https://www.typescriptlang.org/tsconfig/#extends
 */
export function listBases(config: string): readonly string[] | undefined {
  const bases = new Set<string>();
  const remaining = [config];
  for (let file = remaining.pop(); file !== undefined; file = remaining.pop()) {
    const text = readFileSync(file, 'utf8');
    const value = EXTENDS.exec(text)?.[1];
    if (value === undefined && text.includes('"extends"')) return undefined;
    for (const [, name = ''] of (value ?? '').matchAll(/"([^"]*)"/g)) {
      const base = findBase(name, dirname(file));
      if (base === undefined) return undefined;
      if (!bases.has(base)) remaining.push(base);
      bases.add(base);
    }
  }
  return [...bases];
}

/** Finds a base configuration by its relative path or package name. `folder` contains the file that extends the base. */
function findBase(name: string, folder: string): string | undefined {
  const path = /^(?:\.|\/|[A-Za-z]:)/.test(name) ? resolve(folder, name) : findInPackages(name, folder);
  return path === undefined ? undefined : findFile(path);
}

function findInPackages(name: string, folder: string): string | undefined {
  const path = join(folder, 'node_modules', name);
  if (findFile(path) !== undefined) return path;
  return dirname(folder) === folder ? undefined : findInPackages(name, dirname(folder));
}

function findFile(path: string): string | undefined {
  const names = [path, `${path}.json`, join(path, 'tsconfig.json')];
  return names.find((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
}
