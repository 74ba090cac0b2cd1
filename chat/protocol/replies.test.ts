import { replies } from './replies';

describe('replies', () => {
  it.each([
    ['2026-01-25T18:50:04.673Z', true],
    ['2026-01-25T18:50:04Z', false],
    ['2026-01-25T18:50:04.673456Z', false],
  ])('require timestamps with exactly three decimals (%s is valid: %j)', (tokenExpiresAt, isValid) => {
    const reply = { type: 'tokenRefreshed', tokenExpiresAt };
    expect(replies.tokenRefreshed.safeParse(reply).success).toBe(isValid);
  });
});
