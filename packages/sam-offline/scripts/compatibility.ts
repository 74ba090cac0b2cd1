// Generates the compatibility tables of README.md from the resource types in src/ and the templates in test/.
// Usage: npx tsx packages/sam-offline/scripts/compatibility.ts [--check]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { INERT_TYPES } from '../src/app-model/inert-types';
import { CATALOG } from '../src/app-model/services';
import { CONSEQUENCES } from '../src/template/placeholder-types';

const ROOT = join(__dirname, '..');
const README = join(ROOT, 'README.md');
const START = '<!-- The tables are generated: npx tsx packages/sam-offline/scripts/compatibility.ts -->';
const END = '<!-- End of the generated tables -->';
const TEMPLATE = /(?:^|\/)template\.(?:ya?ml|json)$/;

/** The contents of the test files, by path below the package. */
const files = new Map(
  ['test', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .filter((path) => TEMPLATE.test(path) || path.endsWith('.test.ts'))
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const),
  ),
);

function main(): void {
  const readme = readFileSync(README, 'utf8');
  const [before, rest = ''] = readme.split(START);
  const [, after] = rest.split(END);
  if (before === undefined || after === undefined)
    throw new Error(`${README} lacks the comments of the tables.`);
  const generated = `${before}${START}\n\n${renderTables()}\n${END}${after}`;
  if (process.argv.includes('--check')) {
    if (generated === readme) return;
    throw new Error(
      'The compatibility tables in README.md are out of date. Run npx tsx packages/sam-offline/scripts/compatibility.ts.',
    );
  }
  writeFileSync(README, generated);
}

function renderTables(): string {
  const emulated = Object.keys(CATALOG.emulated)
    .filter((type) => type.startsWith('AWS::') && !(type in INERT_TYPES))
    .sort()
    .map((type) => [`\`${type}\``, formatUses(type)]);
  return [
    '| emulated | tested with, in `test/wild` of the repository |',
    '|---|---|',
    ...emulated.map(formatRow),
    '',
    '| accepted without effect | because |',
    '|---|---|',
    ...groupInert().map(([note, types]) => formatRow([types.map((type) => `\`${type}\``).join(', '), note])),
    '',
    '| not supported | consequence |',
    '|---|---|',
    ...CONSEQUENCES.map(([prefix, consequence]) =>
      formatRow([`\`${prefix}${prefix.endsWith(':') ? '*' : ''}\``, consequence]),
    ),
    '',
  ].join('\n');
}

/** The number of applications that a row names. */
const MAX_APPLICATIONS = 2;

/** Returns the first applications in test/wild that use a type, or whether unit tests do. */
function formatUses(type: string): string {
  const word = new RegExp(`${type}(?![\\w:])`);
  const paths = [...files].filter(([, text]) => word.test(text)).map(([path]) => path);
  const applications = paths.filter((path) => path.startsWith('test/wild/')).map(dirname);
  const names = [...new Set(applications)].sort().map((folder) => basename(folder));
  if (names.length > 0) return names.slice(0, MAX_APPLICATIONS).join(', ');
  return paths.length > 0 ? 'unit tests' : '–';
}

function groupInert(): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const [type, { note }] of Object.entries(INERT_TYPES))
    groups.set(note, [...(groups.get(note) ?? []), type]);
  return [...groups];
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

main();
