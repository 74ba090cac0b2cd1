import asyncHooks from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as clsHooked from 'cls-hooked';
import * as traceContext from './trace-context';

const NAME = 'test';

// cls-hooked does not disable its hooks. They would slow down the test files that the worker runs next.
const createHook = jest.spyOn(asyncHooks, 'createHook');
afterAll(() => {
  for (const { value } of createHook.mock.results) value.disable();
  createHook.mockRestore();
});

// Run the same tests with the package and with its replacement, to check that both behave in the same way.
describe.each([
  ['cls-hooked', clsHooked],
  ['aws/lambda/trace-context.ts', traceContext as unknown as typeof clsHooked],
])('context of %s', (_, { createNamespace, getNamespace, destroyNamespace }) => {
  let namespace: clsHooked.Namespace;
  beforeEach(() => {
    namespace = createNamespace(NAME);
  });
  afterEach(() => {
    if (getNamespace(NAME)) destroyNamespace(NAME);
  });

  const read = () => namespace.get('segment');

  /** Runs `work` in a new context in which `segment` has this value. */
  function runWith<Result>(value: string, work: () => Result): Result {
    let result: Result | undefined;
    namespace.run(() => {
      namespace.set('segment', value);
      result = work();
    });
    return result as Result;
  }

  it('is found by name until it is destroyed', () => {
    expect(getNamespace(NAME)).toBe(namespace);
    destroyNamespace(NAME);
    expect(getNamespace(NAME) ?? undefined).toBeUndefined();
    expect(getNamespace('another')).toBeUndefined();
  });

  it('is empty outside of `run`', () => {
    expect(namespace.active).toBeNull();
    expect(read()).toBeUndefined();
    expect(() => namespace.set('segment', 'a')).toThrow('No context available');
  });

  it('applies while the work runs', () => {
    expect(runWith('a', read)).toBe('a');
    expect(read()).toBeUndefined();
  });

  it('is passed to the work and returned by `run`', () => {
    let passed: unknown;
    const returned = namespace.run((context) => {
      passed = context;
      namespace.set('segment', 'a');
    });
    expect(returned as unknown).toBe(passed);
    expect(passed).toMatchObject({ segment: 'a' });
  });

  it('is restored to the context of the caller if the work throws', () => {
    const fail = () =>
      runWith('b', () => {
        throw new Error('broken');
      });
    runWith('a', () => {
      expect(fail).toThrow('broken');
      expect(read()).toBe('a');
    });
  });

  it('returns the value that `set` stores', () => {
    namespace.run(() => {
      expect(namespace.set('segment', 'a')).toBe('a');
    });
  });

  it('is preserved across awaits, timers and callbacks', async () => {
    const seen = await runWith('a', async () => {
      const values = [read()];
      const record = () => values.push(read());
      await null;
      record();
      await sleep(1);
      record();
      await new Promise<void>((resolve) => setImmediate(() => resolve(void record())));
      await new Promise<void>((resolve) => process.nextTick(() => resolve(void record())));
      await Promise.all([sleep(1).then(record), Promise.reject(new Error('no')).catch(record)]);
      return values;
    });
    expect(seen).toEqual(['a', 'a', 'a', 'a', 'a', 'a', 'a']);
    expect(read()).toBeUndefined();
  });

  it('is preserved across HTTP requests on a shared connection', async () => {
    const server = createServer((_request, response) => void response.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const request = async (value: string) =>
      runWith(value, async () => {
        const [response] = await once(get({ port, host: '127.0.0.1' }), 'response');
        response.resume();
        await once(response, 'end');
        return read();
      });
    expect([await request('a'), await request('b')]).toEqual(['a', 'b']);
    expect(await Promise.all(['c', 'd', 'e'].map(request))).toEqual(['c', 'd', 'e']);
    server.close();
    server.closeAllConnections();
  });

  it('is separate for each of several concurrent runs', async () => {
    const work = (value: string) =>
      runWith(value, async () => {
        const seen = [];
        for (let turn = 0; turn < 3; turn += 1) {
          await sleep(1);
          seen.push(read());
        }
        return seen;
      });
    expect(await Promise.all([work('a'), work('b')])).toEqual([
      ['a', 'a', 'a'],
      ['b', 'b', 'b'],
    ]);
  });

  it('inherits the values of the outer context, and does not change them', async () => {
    await runWith('a', async () => {
      namespace.set('room', 'lobby');
      const inner = await runWith('b', async () => {
        await null;
        return [read(), namespace.get('room')];
      });
      expect(inner).toEqual(['b', 'lobby']);
      expect(read()).toBe('a');
    });
  });

  it('is the context of the emitter in an event listener', () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    runWith('a', () => emitter.on('event', () => seen.push(read())));
    runWith('b', () => emitter.emit('event'));
    emitter.emit('event');
    expect(seen).toEqual(['b', undefined]);
  });

  it('is bound to a function by `bind`, including its arguments', async () => {
    const describe = (...values: string[]) => [read(), ...values];
    const bound = runWith('a', () => namespace.bind(describe));
    expect(bound('x', 'y')).toEqual(['a', 'x', 'y']);
    expect(runWith('b', () => bound('x'))).toEqual(['a', 'x']);
    const context = namespace.run(() => namespace.set('segment', 'c'));
    expect(namespace.bind(describe, context)()).toEqual(['c']);
    expect(namespace.bind(describe)()).toEqual([undefined]);
    expect(namespace.bind(() => namespace.set('segment', 'd'))()).toBe('d');
  });

  it('can be entered for all work outside `run`, as the X-Ray SDK does on Lambda', async () => {
    const context = namespace.createContext();
    namespace.enter(context);
    namespace.set('segment', 'facade');
    expect(context.segment).toBe('facade');
    await sleep(1);
    expect(read()).toBe('facade');
    expect(await runWith('a', async () => sleep(1).then(read))).toBe('a');
    namespace.set('segment', 'other');
    await sleep(1);
    expect(read()).toBe('other');
  });
});
