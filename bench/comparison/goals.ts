import { type ComparisonRecord, type DesignRecord, isFailure, type Result } from './record';
import { formatRatio } from './report';
import type { Summary } from './statistics';

type Figure = (record: ComparisonRecord) => string;

/** The figures that the comparison measures, by their row names in the table of goals. */
const FIGURES: Record<string, Figure> = {
  '1,000 sockets, against serverless-offline': (record) =>
    divide(readTime(record, 'roomcast', 1000), readTime(record, 'serverless-offline', 1000)),
  '1,000 sockets, against bare posts': (record) =>
    divide(readTime(record, 'roomcast', 1000), readTime(record, 'bare-posts', 1000)),
  '10 sockets, against serverless-offline': (record) =>
    divide(readTime(record, 'roomcast', 10), readTime(record, 'serverless-offline', 10)),
  'time per delivery, 4,000 against 1,000 sockets': (record) =>
    divide(readTime(record, 'roomcast', 4000), readTime(record, 'roomcast', 1000), 1000 / 4000),
};

/**
 * Writes the results of a run into the table of goals. Each row of the table starts with the name of a figure and its result.
 *
 * @throws Error if the table has no row for a figure
 */
export function fillGoals(page: string, record: ComparisonRecord): string {
  return Object.entries(FIGURES).reduce((filled, [name, read]) => {
    const start = `\n| ${name} | `;
    const from = filled.indexOf(start) + start.length;
    const to = filled.indexOf('|', from);
    if (from < start.length || to === -1)
      throw new Error(`The page has no row "${name}" in a table of goals.`);
    return `${filled.slice(0, from)}${read(record)} ${filled.slice(to)}`;
  }, page);
}

function readTime(record: ComparisonRecord, name: string, size: number): Result<Summary> {
  const figures = findDesign(record, name)?.sizes[record.sizes.indexOf(size)] ?? null;
  return figures === null || isFailure(figures) ? figures : figures.last;
}

function findDesign({ designs }: ComparisonRecord, name: string): DesignRecord | undefined {
  return designs.find((design) => design.name === name);
}

function divide(result: Result<Summary>, other: Result<Summary>, factor = 1): string {
  if (result === null || other === null) return 'not measured';
  if (isFailure(result)) return describeFailure(result);
  if (isFailure(other)) return describeFailure(other);
  return other.median === 0 ? 'no result: 0' : `${formatRatio((factor * result.median) / other.median)} ×`;
}

function describeFailure({ failure }: { readonly failure: string }): string {
  return `no result: ${failure.split('\n')[0]}`;
}
