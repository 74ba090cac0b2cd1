import { execFileSync } from 'node:child_process';
import { posix } from 'node:path';
import { root } from '../../testbed/template';

/** The paths of the tracked files in a repository and the anchors of its Markdown files. */
export interface Repository {
  files: readonly string[];
  readAnchors(file: string): ReadonlySet<string>;
}

/** A relative path with a file extension, such as `dynamodb/append.ts`. */
const FILE_PATH =
  /^[\w@][\w@.-]*(\/[\w@.*{},-]+)+\.(ts|tsx|js|mjs|cjs|json|ya?ml|md|py|sh|css|html|svg|toml)$/;

/** Folders that the documents of a package refer to relative to the package. */
const PACKAGE_FOLDERS = ['src', 'test'];

export function listTrackedFiles(): string[] {
  // Includes files that are not yet staged, and excludes files that are deleted but still in the index.
  const list = (...options: string[]) =>
    execFileSync('git', ['ls-files', '-z', ...options], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter(Boolean);
  const deleted = new Set(list('--deleted'));
  return list('--cached', '--others', '--exclude-standard').filter((file) => !deleted.has(file));
}

/** Returns the targets, including anchors, of relative links and images that do not exist. */
export function findBrokenLinks(
  file: string,
  markdown: string,
  { files, readAnchors }: Repository,
): string[] {
  const text = withoutCode(markdown);
  const targets = [
    ...[...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map(([, target]) => target as string),
    ...[...text.matchAll(/\b(?:src|srcset|href)="([^"\s]+)/g)].map(([, target]) => target as string),
  ];
  return targets
    .filter((target) => !/^[a-z]+:/i.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const resolved = path === '' ? file : posix.join(posix.dirname(file), decodeURI(path));
      if (!exists(resolved, files)) return true;
      return anchor !== undefined && !readAnchors(resolved).has(anchor);
    });
}

/**
 * Returns the paths in inline code, including anchors, that do not exist. A path begins with a top-level folder, or with `src`
 * or `test` in the package of the document. Any other path with a file extension, such as `dynamodb/append.ts`, must match the
 * end of a file path.
 */
export function findBrokenPaths(
  file: string,
  markdown: string,
  { files, readAnchors }: Repository,
): string[] {
  const topLevel = new Set(files.filter((each) => each.includes('/')).map((each) => each.split('/')[0]));
  const packageFolder = /^packages\/[^/]+\//.exec(file)?.[0] ?? '';
  return findInlineCode(markdown).flatMap((code) => {
    const words = code.split(/\s+/);
    const isCommand = words.length > 1;
    return words
      .map((word) => word.replace(/[.,:;]$/, '').replace(/^\.\//, ''))
      .filter((word) => word.includes('/') && !/[<>…$=]/.test(word))
      .filter((word) => {
        const [path = '', anchor] = word.split('#');
        if (anchor !== undefined && files.includes(path)) return !readAnchors(path).has(anchor);
        const [first = ''] = path.split('/');
        const isFromRoot = topLevel.has(first);
        if (!isFromRoot && !PACKAGE_FOLDERS.includes(first)) {
          return FILE_PATH.test(path) && !files.some((each) => toPattern(path, '(.*/)?').test(each));
        }
        // Test runners accept a path prefix.
        if (isCommand && files.some((each) => each.startsWith(path))) return false;
        return !exists(path, files) && !(packageFolder && exists(packageFolder + path, files));
      });
  });
}

/** Returns the names of the npm scripts that a document runs. */
export function findScripts(markdown: string): string[] {
  const runs = markdown.matchAll(
    /\bnpm (?:--\S+(?: (?!run)\S+)? )*run (?:--\S+ )*([a-z][\w-]*(?::[\w-]+)*)/g,
  );
  return [...new Set([...runs].map(([, script]) => script as string))];
}

/** Returns the anchors that GitHub generates for the headings of a document. */
export function listAnchors(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function exists(path: string, files: readonly string[]): boolean {
  const pattern = toPattern(posix.normalize(path).replace(/\/$/, ''));
  return posix.normalize(path) === '.' || files.some((file) => pattern.test(file));
}

/**
 * Returns a pattern that matches a file or a folder that contains files. `*` and `{a,b}` have the same meaning as in a shell.
 */
function toPattern(path: string, prefix = ''): RegExp {
  const source = path
    .replace(/[.+?^$()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?/g, '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('\0', '(.*/)?')
    .replace(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(',', '|')})`);
  return new RegExp(`^${prefix}${source}(/.*)?$`);
}

function findInlineCode(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string);
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replace(/`[^`\n]+`/g, '');
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^( *)```[\s\S]*?^\1```/gm, '');
}
