import type { SessionRecord } from './record';

const HEAD = [
  'connection',
  'who',
  'connected',
  'disconnected',
  'latest message',
  'at',
  'latest broadcast',
  'at',
];
const TEXT_WIDTH = 40;

/** Sessions as a table for a terminal: times in UTC, texts in one line and cut. */
export function table(sessions: readonly SessionRecord[]): string {
  if (sessions.length === 0) return 'Nobody has connected.\n';
  const rows = [HEAD, ...sessions.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => lengthOf(row[column] ?? ''))));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell)))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

function rowOf(session: SessionRecord): string[] {
  return [
    session.connectionId,
    cut(session.username),
    time(session.connectionTime),
    time(session.disconnectTime),
    cut(session.latestMessage),
    time(session.latestMessageTime),
    cut(session.latestBroadcast),
    time(session.latestBroadcastTime),
  ];
}

function time(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString();
}

/** What people write has line breaks, and characters that show nothing but turn a line around. */
function cut(text: string | undefined): string {
  if (text === undefined) return '-';
  const characters = [...text.replace(/\p{Cf}/gu, '').replace(/\s+/g, ' ')];
  return characters.length > TEXT_WIDTH
    ? `${characters.slice(0, TEXT_WIDTH - 1).join('')}…`
    : characters.join('');
}

function lengthOf(text: string): number {
  return [...text].length;
}
