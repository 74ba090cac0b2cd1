import type { FunctionModel } from '../src/lambda/model';
import { createOpener, fn } from './support/lambda';

const open = createOpener();

describe('a failed invocation', () => {
  const openFailure = (name: string, more: Partial<FunctionModel> = {}) =>
    open([fn('f', `failures.${name}`, more)]);

  it('returns the error with a stack trace of the TypeScript source', async () => {
    const { invoke, lines } = await openFailure('throws');
    const { payload, functionError } = await invoke('f');
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'RoomFullError', errorMessage: 'no seat left' });
    expect((payload as { trace: string[] }).trace[1]).toContain('failures.ts:6:');
    expect(lines('stderr').join('\n')).toContain('RoomFullError: no seat left');
  });

  it('returns a thrown value that is not an Error', async () => {
    const { invoke } = await openFailure('throwsText');
    expect((await invoke('f')).payload).toEqual({
      errorType: 'string',
      errorMessage: 'just text',
      trace: [],
    });
  });

  it.each([
    [1, 'Runtime exited with error: exit status 1'],
    [0, 'Runtime exited without providing a reason'],
  ])('reports process.exit(%d) and starts a new environment', async (code, description) => {
    const { invoke, lines } = await openFailure('exits');
    for (const _ of [1, 2]) {
      const { payload, functionError } = await invoke('f', { code });
      expect(functionError).toBe('Unhandled');
      expect(payload).toEqual({
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(new RegExp(`^RequestId: [\\da-f-]{36} Error: ${description}$`)),
      });
    }
    expect(lines('stdout')).toEqual(['before exit', 'before exit']);
  });

  it.each(['spins', 'never'])('reports a timeout (%s)', async (name) => {
    const { invoke, lines } = await openFailure(name, { timeoutSeconds: 1 });
    const { payload, functionError } = await invoke('f');
    expect(functionError).toBe('Unhandled');
    expect(payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^RequestId: [\da-f-]{36} Error: Task timed out after 1\.00 seconds$/,
      ),
    });
    expect(lines('platform').at(-1)).toContain('Status: timeout');
  });

  it('reports an unhandled rejection', async () => {
    const { invoke } = await openFailure('forgets');
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'RoomFullError: unhandled',
    });
  });

  it('reports an uncaught exception outside the handler', async () => {
    const { invoke } = await openFailure('later');
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'RoomFullError',
      errorMessage: 'from a timer',
    });
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'RoomFullError' });
  });

  it('reports a result that cannot be serialized', async () => {
    const { invoke } = await openFailure('circular');
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'Runtime.JSONStringifyError' });
  });

  it('rejects callback handlers like nodejs24.x', async () => {
    const { invoke } = await openFailure('callback');
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' });
  });

  it('reports exhausted memory', async () => {
    const { invoke } = await openFailure('fills', { memoryMb: 128 });
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
    });
  });

  it.each([
    ['broken-init.handler', 'TypeError', 'no configuration'],
    ['missing-import.handler', 'Runtime.ImportModuleError', "Cannot find module 'a-package-nobody-has'"],
    ['exits-init.handler', 'Runtime.ExitError', 'exit status 3'],
    ['basics.missing', 'Runtime.HandlerNotFound', 'basics.missing is undefined or not exported'],
    ['basics.notAFunction', 'Runtime.HandlerNotFound', 'basics.notAFunction is not a function'],
  ])('reports an initialization error (%s)', async (handler, errorType, message) => {
    const { invoke } = await open([fn('f', handler)]);
    for (const _ of [1, 2]) {
      const { payload, functionError } = await invoke('f');
      expect(functionError).toBe('Unhandled');
      expect(payload).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
    }
  });
});
