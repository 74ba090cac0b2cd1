import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { formatShort, formatTime } from '../src/chat/date-format';

const dateFormat = join(__dirname, '../src/chat/date-format.ts');

/** Runs `formatIsoDate` in a new process, because a running process does not change its time zone. */
function isoDateIn(zone: string, moment: string): string {
  const script = `import { formatIsoDate } from ${JSON.stringify(dateFormat)}; console.log(formatIsoDate(Date.parse('${moment}')))`;
  const args = ['--import', 'tsx', '--input-type', 'module', '--eval', script];
  return execFileSync(process.execPath, args, {
    cwd: join(__dirname, '../../..'),
    encoding: 'utf8',
    env: { ...process.env, TZ: zone },
  }).trim();
}

describe('formatIsoDate', () => {
  it.each([
    ['Pacific/Auckland', '2026-01-31T12:30:00Z', '2026-02-01'],
    ['America/Los_Angeles', '2026-01-01T05:00:00Z', '2025-12-31'],
    ['UTC', '2026-03-09T23:59:59Z', '2026-03-09'],
  ])('uses the time zone %s', (zone, moment, expected) => {
    expect(isoDateIn(zone, moment)).toBe(expected);
  });
});

describe('formatShort', () => {
  it('returns the time for today, and the date for other days', () => {
    const noon = new Date(2026, 0, 25, 12).getTime();
    const earlier = new Date(2026, 0, 24, 12).getTime();
    expect(formatShort(noon, noon + 3_600_000)).toBe(formatTime(noon));
    expect(formatShort(earlier, noon)).toMatch(/24/);
  });
});
