import { formatStrictNotice, type Strictness } from '../console/strict-notice';
import type { OverviewSection } from '../core/overview';
import type { SupportReport } from '../template/support';
import { formatDifferences, formatSupportSummary, type Style } from '../template/support-table';

export interface ReadyMessageOptions extends Strictness {
  readonly port: number;
  readonly region: string;
  readonly overview: readonly OverviewSection[];
  readonly support: SupportReport;
  readonly style: Style;
}

/** The maximum length of lines with items. Commands are not wrapped, so that users can copy them. */
const LINE_LENGTH = 110;
const GAP = '  ';

/**
 * Formats the message that the command prints when the runtime is ready. It lists the parts of the template that the runtime
 * does not emulate, followed by addresses, routes and resources, and commands to try them.
 */
export function formatReadyMessage(options: ReadyMessageOptions): string {
  const { port, region, overview, support, style } = options;
  const width = Math.max(...overview.map(({ title }) => title.length)) + GAP.length;
  const strictNotice = formatStrictNotice(options, region).replaceAll('\n', `\n${GAP}`);
  const notices = [formatSupportSummary(support), strictNotice, 'Stop: Ctrl+C'];
  return [
    formatDifferences(support, style),
    style('bold', `Ready on http://localhost:${port}`),
    '',
    ...overview.map((section) => formatSection(section, width, style)),
    '',
    ...notices.map((notice) => `${GAP}${notice}`),
    '',
  ].join('\n');
}

function formatSection(
  { title, address, items, commands }: OverviewSection,
  width: number,
  style: Style,
): string {
  const rows = [
    ...(address === undefined ? [] : [address]),
    ...wrap(items, LINE_LENGTH - GAP.length - width),
    ...commands.filter(({ command }) => command !== address).map(({ command }) => style('cyan', command)),
  ];
  return rows
    .map((row, index) => `${GAP}${style('bold', (index === 0 ? title : '').padEnd(width))}${row}`)
    .join('\n');
}

/** Joins items into lines. */
function wrap(items: readonly string[], length: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1)}${GAP}${item}`;
    if (lines.length > 0 && longer.length <= length) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines;
}
