import { basename } from 'node:path';
import type { Finding, ResourceSupport, SupportReport } from './support';

/** Formats text for the terminal, for example in red. */
export type Style = (color: 'bold' | 'red' | 'yellow' | 'cyan', text: string) => string;

/** The resources of a type that have the same note. */
interface Row {
  readonly type: string;
  readonly note: string;
  readonly names: string[];
}

/**
 * Formats the support report of a template: emulated and inert resources by type, unsupported resources with their
 * consequences, and all findings about settings, protections and mistakes. Each finding includes its line.
 */
export function formatSupport({ resources, findings }: SupportReport, style: Style): string {
  const bySupport = (support: ResourceSupport['support']) =>
    resources.filter((resource) => resource.support === support);
  const sections = [
    formatSection('Emulated (name:line)', formatRows(bySupport('emulated')), style),
    formatSection('Inert: accepted, without effect', formatRows(bySupport('inert')), style),
    formatDifferences({ resources, findings }, style),
  ];
  return joinSections(sections);
}

/** Formats only the differences from AWS and the warnings. Returns an empty string if there are none. */
export function formatDifferences({ resources, findings }: SupportReport, style: Style): string {
  const unsupported = resources.filter(({ support }) => support === 'unsupported');
  const byKind = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind);
  return joinSections([
    formatSection(
      'Unsupported',
      [...unsupported.map(formatUnsupported), ...byKind('trigger').map(formatFinding)],
      style,
      'yellow',
    ),
    formatSection('Parameters without a value', byKind('placeholder').map(formatFinding), style, 'yellow'),
    formatSection('Settings without effect', byKind('unsupported').map(formatFinding), style, 'yellow'),
    formatSection('PROTECTIONS THAT ARE NOT ENFORCED', byKind('security').map(formatFinding), style, 'red'),
    formatSection('Warnings', byKind('warning').map(formatFinding), style, 'yellow'),
  ]);
}

/** Formats the numbers of resources as a single line. */
export function formatSupportSummary({ resources, findings }: SupportReport): string {
  const count = (kind: ResourceSupport['support']) =>
    resources.filter(({ support }) => support === kind).length;
  const gaps = findings.filter(isGap).length;
  const differences =
    gaps === 0 ? [] : [`${gaps} ${gaps === 1 ? 'setting is' : 'settings are'} not emulated`];
  const unsupported = count('unsupported') > 0 ? [`${count('unsupported')} unsupported`] : [];
  const counts = [`${count('emulated')} emulated`, `${count('inert')} without effect`, ...unsupported];
  return `Resources: ${[counts.join(', '), ...differences].join('; ')}. List them: npx sam-offline check`;
}

/** Returns whether the runtime emulates everything in the template. */
export function isFullySupported({ resources, findings }: SupportReport): boolean {
  return resources.every(({ support }) => support !== 'unsupported') && !findings.some(isGap);
}

/** Returns whether the runtime ignores a part of the template. */
function isGap({ kind }: Finding): boolean {
  return kind !== 'placeholder' && kind !== 'warning';
}

function joinSections(sections: readonly string[]): string {
  return sections.filter((section) => section !== '').join('\n');
}

function formatSection(
  title: string,
  lines: readonly string[],
  style: Style,
  color?: 'red' | 'yellow',
): string {
  if (lines.length === 0) return '';
  const body = lines.map((line) => `  ${color === undefined ? line : style(color, line)}`);
  return [style('bold', title), ...body, ''].join('\n');
}

/** Formats resources by type and note, in aligned columns. */
function formatRows(resources: readonly ResourceSupport[]): string[] {
  const rows = new Map<string, Row>();
  for (const { type, note, logicalId, line } of resources) {
    const key = `${type} ${note}`;
    const row = rows.get(key) ?? { type, note, names: [] };
    row.names.push(`${logicalId}:${line}`);
    rows.set(key, row);
  }
  const width = Math.max(...[...rows.values()].map(({ type }) => type.length));
  return [...rows.values()].map(({ type, note, names }) =>
    [type.padEnd(width), names.join(' '), ...(note === '' ? [] : [`(${note})`])].join('  '),
  );
}

function formatUnsupported({ file, line, logicalId, type, note }: ResourceSupport): string {
  return `${basename(file)}:${line}: ${logicalId} (${type}): ${note}`;
}

function formatFinding({ file, line, path, message }: Finding): string {
  const place = path === '' ? [] : [path.replace(/^Resources\./, '').replace('.Properties.', '.')];
  return [`${basename(file)}:${line}`, ...place, message].join(': ');
}
