import type { FunctionModel } from '../src/lambda/model';
import { createOpener, fn } from './support/lambda';

const open = createOpener();
const openWithNeighbor = (name: string, more: Partial<FunctionModel> = {}) =>
  open([fn('f', `failures.${name}`, { memoryMb: 128, ...more }), fn('neighbor', 'basics.count')]);

describe('a function that misbehaves', () => {
  it.each([
    ['spins', { timeoutSeconds: 1 }, 'Task timed out after 1.00 seconds'],
    ['fills', {}, 'Runtime exited with error: signal: killed'],
    ['hoards', {}, 'Runtime exited with error: signal: killed'],
    ['exits', {}, 'Runtime exited with'],
    ['later', {}, 'from a timer'],
  ])('does not affect other functions (%s)', async (name, more, message) => {
    const { invoke } = await openWithNeighbor(name, more);
    expect(await invoke('neighbor')).toEqual({ payload: 1 });
    const failure = invoke('f');
    expect(await invoke('neighbor')).toEqual({ payload: 2 });
    expect((await failure).payload).toMatchObject({ errorMessage: expect.stringContaining(message) });
    expect(await invoke('neighbor')).toEqual({ payload: 3 });
  });

  it('is stopped in the invocation that exceeds the memory limit, and restarts in the next invocation', async () => {
    const { invoke } = await openWithNeighbor('keeps');
    const outcomes: (string | undefined)[] = [];
    for (let i = 0; i < 5; i += 1) outcomes.push((await invoke('f')).functionError);
    expect(outcomes).toEqual([undefined, undefined, undefined, 'Unhandled', undefined]);
  });

  it.each([100, 5 * 1024 * 1024])('can write 10 MB of logs in lines of %i bytes', async (size) => {
    const { invoke, entries } = await openWithNeighbor('writes');
    const writing = invoke('f', { size });
    expect(await invoke('neighbor')).toEqual({ payload: 1 });
    expect(await writing).toEqual({ payload: 'done' });
    const written = entries.filter(({ stream }) => stream === 'stdout').map(({ line }) => line.length);
    const lines = Math.ceil((10 * 1024 * 1024) / size);
    expect(written.reduce((sum, length) => sum + length, 0)).toBe(lines * (size - 1));
    expect(Math.max(...written)).toBe(Math.min(size - 1, 256 * 1024));
  });
});
