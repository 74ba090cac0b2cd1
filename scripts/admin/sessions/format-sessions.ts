import type { SessionRecord } from './session-record';

const HEAD = [
  'connection',
  'username',
  'connected',
  'disconnected',
  'latest message',
  'sent at',
  'latest broadcast',
  'sent at',
];
const TEXT_WIDTH = 40;

/** Formats sessions as a table for a terminal. Times are in UTC. Texts are truncated to one line. */
export function formatSessions(sessions: readonly SessionRecord[]): string {
  if (sessions.length === 0) return 'No sessions found.\n';
  const rows = [HEAD, ...sessions.map(toRow)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => countCharacters(row[column] ?? ''))));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - countCharacters(cell)))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

function toRow(session: SessionRecord): string[] {
  return [
    session.connectionId,
    truncate(session.username),
    formatTime(session.connectionTime),
    formatTime(session.disconnectTime),
    truncate(session.latestMessage),
    formatTime(session.latestMessageTime),
    truncate(session.latestBroadcast),
    formatTime(session.latestBroadcastTime),
  ];
}

function formatTime(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString();
}

/** Removes line breaks and invisible characters such as direction marks, then truncates. */
function truncate(text: string | undefined): string {
  if (text === undefined) return '-';
  const characters = [...text.replace(/\p{Cf}/gu, '').replace(/\s+/g, ' ')];
  return characters.length > TEXT_WIDTH
    ? `${characters.slice(0, TEXT_WIDTH - 1).join('')}…`
    : characters.join('');
}

function countCharacters(text: string): number {
  return [...text].length;
}
