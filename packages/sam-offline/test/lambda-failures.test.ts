import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('rejects callback handlers, as nodejs24.x does', async () => {
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

  it('logs an initialization error with its source line, but without the frames of the module loader', async () => {
    const { invoke, lines } = await open([fn('f', 'broken-init.handler')]);
    await invoke('f');
    const [message, source, mark, ...frames] = lines('stderr');
    expect(message).toBe('Init Error: TypeError: no configuration');
    expect(source).toMatch(/^ {2}\d+ \| .*no configuration/);
    expect(mark).toMatch(/^ +\| +\^$/);
    expect(frames[0]).toContain('broken-init.ts:');
    expect(frames.join('\n')).not.toContain('node:internal');
  });

  it('logs no stack frames for an error that the runtime throws', async () => {
    const { invoke, lines } = await open([fn('f', 'basics.missing')]);
    await invoke('f');
    expect(lines('stderr')).toEqual([
      'Init Error: Runtime.HandlerNotFound: basics.missing is undefined or not exported',
    ]);
  });

  /** Returns the log of a function that is not bundled and fails to load. */
  const logFailureOf = async (code: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'lambda-failures-'));
    writeFileSync(join(folder, 'app.js'), code);
    const { invoke, lines } = await open([fn('f', 'app.handler', { codeUri: folder })]);
    await invoke('f');
    rmSync(folder, { recursive: true });
    return lines('stderr');
  };

  it('logs no frames of the runtime for an initialization error in a function that is not bundled', async () => {
    const log = await logFailureOf(
      "const load = () => {\n  throw Object.assign(new Error('no table'), { code: 'NO' });\n};\nload();\n",
    );
    const [message, source, mark, load, module, ...properties] = log;
    expect(message).toBe('Init Error: Error: no table');
    expect(source).toBe("  2 |   throw Object.assign(new Error('no table'), { code: 'NO' });");
    expect(mark).toBe('    |                       ^');
    expect(load).toMatch(/^ {4}at load \(.*app\.js:2:23\)$/);
    expect(module).toMatch(/^ {4}at Object\.<anonymous> \(.*app\.js:4:1\) \{$/);
    expect(properties).toEqual(["  code: 'NO'", '}']);
  });

  it('logs the line of a syntax error in a function that is not bundled', async () => {
    const [message, file, ...position] = await logFailureOf('let a;\nlet b = ;\n');
    expect(message).toMatch(
      /^Init Error: .*Runtime\.UserCodeSyntaxError.*: SyntaxError: Unexpected token ';'$/,
    );
    expect(file).toMatch(/app\.js:2$/);
    expect(position).toEqual(['let b = ;', '        ^']);
  });
});
