import { ProblemError, toProblemError } from './problems';

describe('ProblemError', () => {
  it.each([
    ['invalid-frame', 400, 'Invalid request', false],
    ['unauthenticated', 401, 'Not authenticated', false],
    ['forbidden', 403, 'Not allowed', false],
    ['unknown-room', 404, 'Room not found', false],
    ['room-busy', 409, 'Room is busy', true],
    ['rate-limited', 429, 'Rate limit exceeded', true],
    ['too-large', 413, 'Text too large', false],
    ['unavailable', 503, 'Service unavailable', true],
  ] as const)('describes %s', (type, status, title, temporary) => {
    const error = new ProblemError(type, 'Wait.');
    expect(error.toProblem()).toStrictEqual({
      type: `urn:roomcast:${type}`,
      title,
      status,
      detail: 'Wait.',
      temporary,
    });
    expect(error).toMatchObject({ name: 'ProblemError', message: `${type}: Wait.`, status, temporary });
  });

  it('contains the time to wait', () => {
    const error = new ProblemError('room-busy', 'Wait.', { retryAfterMs: 0 });
    expect(error.toProblem()).toMatchObject({ retryAfterMs: 0 });
  });
});

describe('toProblemError', () => {
  it('returns a ProblemError unchanged', () => {
    const error = new ProblemError('forbidden', 'No.');
    expect(toProblemError(error)).toBe(error);
  });

  it('hides any other error', () => {
    const cause = new Error('a secret');
    expect(toProblemError(cause)).toMatchObject({ type: 'unavailable', retryAfterMs: 1000, cause });
    expect(toProblemError(cause).toProblem().detail).toBe(
      'The server could not process the request. Try again in a moment.',
    );
  });
});
