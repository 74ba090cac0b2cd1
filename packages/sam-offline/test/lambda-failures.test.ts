import type { FunctionModel } from '../src/core/model';
import { fn, lambdaOpener } from './support/lambda';

const open = lambdaOpener();

describe('Lambda: a handler that fails', () => {
  const fails = (name: string, more: Partial<FunctionModel> = {}) =>
    open([fn('f', `failures.${name}`, more)]);

  test('by an error is answered with it, and the trace points to the TypeScript source', async () => {
    const { invoke, lines } = await fails('throws');
    const { payload, functionError } = await invoke('f');
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'RoomFullError', errorMessage: 'no seat left' });
    expect((payload as { trace: string[] }).trace[1]).toContain('failures.ts:6:');
    expect(lines('stderr').join('\n')).toContain('RoomFullError: no seat left');
  });

  test('by something that is no Error', async () => {
    const { invoke } = await fails('throwsText');
    expect((await invoke('f')).payload).toEqual({
      errorType: 'string',
      errorMessage: 'just text',
      trace: [],
    });
  });

  test.each([
    [1, 'Runtime exited with error: exit status 1'],
    [0, 'Runtime exited without providing a reason'],
  ])('by process.exit(%d), and the next invocation has a new environment', async (code, how) => {
    const { invoke, lines } = await fails('exits');
    for (const _ of [1, 2]) {
      const { payload, functionError } = await invoke('f', { code });
      expect(functionError).toBe('Unhandled');
      expect(payload).toEqual({
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(new RegExp(`^RequestId: [\\da-f-]{36} Error: ${how}$`)),
      });
    }
    expect(lines('stdout')).toEqual(['last words', 'last words']);
  });

  test.each(['spins', 'never'])('by taking too long (%s)', async (name) => {
    const { invoke, lines } = await fails(name, { timeoutSeconds: 1 });
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

  test('by a rejection that nobody handles', async () => {
    const { invoke } = await fails('forgets');
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'RoomFullError: nobody listens',
    });
  });

  test('by an exception outside of the handler', async () => {
    const { invoke } = await fails('later');
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'RoomFullError',
      errorMessage: 'from a timer',
    });
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'RoomFullError' });
  });

  test('by a result that is not JSON', async () => {
    const { invoke } = await fails('circular');
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'Runtime.JSONStringifyError' });
  });

  test('by a callback, which nodejs24.x refuses', async () => {
    const { invoke } = await fails('callback');
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' });
  });

  test('by a callback on an older runtime, which is refused by name', async () => {
    const { invoke } = await fails('callback', { runtime: 'nodejs22.x' });
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'UnsupportedError' });
  });

  test('by using up its memory', async () => {
    const { invoke } = await fails('fills', { memoryMb: 128 });
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
    });
  });

  test.each([
    ['broken-init.handler', 'TypeError', 'no configuration'],
    ['missing-import.handler', 'Runtime.ImportModuleError', "Cannot find module 'a-package-nobody-has'"],
    ['exits-init.handler', 'Runtime.ExitError', 'exit status 3'],
    ['basics.missing', 'Runtime.HandlerNotFound', 'basics.missing is undefined or not exported'],
    ['basics.notAFunction', 'Runtime.HandlerNotFound', 'basics.notAFunction is not a function'],
  ])('while it loads (%s)', async (handler, errorType, message) => {
    const { invoke } = await open([fn('f', handler)]);
    for (const _ of [1, 2]) {
      const { payload, functionError } = await invoke('f');
      expect(functionError).toBe('Unhandled');
      expect(payload).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
    }
  });
});
