// Renders docs/conformance.md from the rows of docs/websocket-apis.md and docs/rest-apis.md and the results of their tests.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOT = join(__dirname, '..');
const INTRODUCTION = `<!-- Generated: npx jest --json --outputFile results.json packages/sam-offline && \\
npx tsx packages/sam-offline/scripts/compatibility.ts --results results.json -->

# Conformance

This page lists the behavior of API Gateway that AWS documents or users report, and whether the runtime passes its tests. In the
repository, \`docs/websocket-apis.md\` and \`docs/rest-apis.md\` name the tests. The tests of DynamoDB also run against another
endpoint: \`DYNAMODB_ENDPOINT=http://localhost:8000 npx jest packages/sam-offline/test/dynamodb\`.
`;

/** A row of docs/websocket-apis.md or docs/rest-apis.md, with its section. */
interface Row {
  readonly section: string;
  readonly behavior: string;
  readonly source: string;
  readonly tests: readonly { readonly title: string; readonly file: string }[];
}

/** The fields of jest's JSON report that this script reads. */
interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** Renders the page from a JSON report of jest. */
export function renderConformance(resultsFile: string): string {
  const report = JSON.parse(readFileSync(resultsFile, 'utf8')) as JestReport;
  const rows = listRows();
  const sections = [...new Set(rows.map(({ section }) => section))];
  const tables = sections.map((section) => {
    const lines = rows
      .filter((row) => row.section === section)
      .map((row) => `${formatStart(row)} ${formatResult(row, report)} |`);
    return ['', `## ${section}`, '', '| behavior | source | result |', '|---|---|---|', ...lines, ''].join(
      '\n',
    );
  });
  return INTRODUCTION + tables.join('');
}

/** Returns the rows that the page does not contain. */
export function listMissing(page: string): string[] {
  const lines = page.split('\n');
  return listRows()
    .filter((row) => !lines.some((line) => line.startsWith(formatStart(row))))
    .map(({ behavior }) => behavior);
}

function listRows(): Row[] {
  return ['WebSocket APIs', 'REST APIs'].flatMap((kind) => {
    const text = readFileSync(join(ROOT, `docs/${kind.toLowerCase().replace(' ', '-')}.md`), 'utf8');
    const sections = text.replace(/^## To confirm.*/ms, '').split(/^## /m);
    return sections.slice(1).flatMap((part) => {
      const [heading = '', ...lines] = part.split('\n');
      return lines
        .filter((line) => line.startsWith('| ') && !line.startsWith('| behavior '))
        .map((line) => {
          const [behavior = '', source = '', tests = ''] = line.slice(2, -2).split(' | ');
          return { section: `${kind}: ${heading.toLowerCase()}`, behavior, source, tests: readTests(tests) };
        });
    });
  });
}

function readTests(cell: string): Row['tests'] {
  const links = [...cell.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  return links.map(([, title = '', path = '']) => ({ title, file: basename(path) }));
}

function formatStart({ behavior, source }: Row): string {
  return `| ${behavior} | ${source} |`;
}

function formatResult({ tests }: Row, report: JestReport): string {
  const statuses = tests.flatMap(({ title, file }) => findStatuses(title, file, report));
  const failed = statuses.filter((status) => status === 'failed').length;
  if (statuses.length === 0 || statuses.includes('pending')) return 'not run';
  return failed === 0 ? `pass (${statuses.length})` : `**fail** (${failed} of ${statuses.length})`;
}

/** Returns the statuses of a test. The titles of `it.each` tests contain placeholders, such as `%s`. */
function findStatuses(title: string, file: string, { testResults }: JestReport): string[] {
  const parts = title.split(/%[a-z]/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('[^]*')}$`);
  return testResults
    .filter(({ name }) => basename(name) === file)
    .flatMap(({ assertionResults }) => assertionResults)
    .filter((result) => pattern.test(result.title))
    .map(({ status }) => status);
}
