import { formatReport } from '../verify-aws/report';

const now = new Date('2026-01-25T18:50:04.673Z');

describe('npm run verify:aws report', () => {
  it('contains the stack, the date, and one row per result', () => {
    const report = formatReport(
      'production',
      [
        { name: 'the stage has a log group', verdict: 'ok' },
        { name: 'the table has an index', verdict: 'FAILED', reason: 'RoomIndex is missing' },
      ],
      now,
    );
    expect(report).toBe(`# Verification of production on 2026-01-25

Written by \`npm run verify:aws\` at 2026-01-25T18:50:04.673Z.

| check | result | reason |
|---|---|---|
| the stage has a log group | ok |  |
| the table has an index | FAILED | RoomIndex is missing |
`);
  });

  it('keeps a reason with newlines and vertical bars in one cell', () => {
    const reason = 'Expected a|b.\n\nReceived:\n  c\n';
    const report = formatReport('production', [{ name: 'a check', verdict: 'FAILED', reason }], now);
    expect(report).toContain('\n| a check | FAILED | Expected a\\|b. Received: c |\n');
  });
});
