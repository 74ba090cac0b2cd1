// Generates docs/compatibility.md from the resource types in src/ and the templates in test/. With `--results`, also
// generates docs/conformance.md.
//
// Usage: npx tsx packages/sam-offline/scripts/compatibility.ts [--check] [--results FILE]
//
//   --results FILE  the output of `npx jest --json --outputFile FILE packages/sam-offline`
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { INERT_TYPES } from '../src/app-model/inert-types';
import { CATALOG } from '../src/app-model/services';
import { CONSEQUENCES } from '../src/template/placeholder-types';
import { listMissing, renderConformance } from './conformance';

const ROOT = join(__dirname, '..');
const TARGET = join(ROOT, 'docs/compatibility.md');
const CONFORMANCE = join(ROOT, 'docs/conformance.md');
const INTRODUCTION = `<!-- Generated: npx tsx packages/sam-offline/scripts/compatibility.ts -->

# Compatibility

This page lists the resource types that the runtime recognizes. \`npx sam-offline check\` lists the resources of a template.
`;
const TEMPLATE = /(?:^|\/)template\.(?:ya?ml|json)$/;

/** The contents of the test files by path, relative to the package. */
const files = new Map(
  ['test', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .filter((path) => TEMPLATE.test(path) || path.endsWith('.test.ts'))
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const),
  ),
);

function main(): void {
  const { check, results } = parseArgs({
    options: { check: { type: 'boolean' }, results: { type: 'string' } },
  }).values;
  const generated = `${INTRODUCTION}\n${renderTables()}`;
  if (results !== undefined) writeFileSync(CONFORMANCE, renderConformance(results));
  if (!check) writeFileSync(TARGET, generated);
  else if (readFileSync(TARGET, 'utf8') !== generated)
    throw new Error(`${TARGET} is out of date. Run npx tsx packages/sam-offline/scripts/compatibility.ts.`);
  const missing = listMissing(readFileSync(CONFORMANCE, 'utf8'));
  if (missing.length > 0)
    throw new Error(`${CONFORMANCE} lacks: ${missing.join('; ')}. Run the command in its first line.`);
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

/** The maximum number of applications that a row lists. */
const MAX_APPLICATIONS = 2;

/** Returns the names of applications in test/wild that use a type, or `unit tests` if only unit tests use it. */
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
