import type { IncomingMessage } from 'node:http';
import { FrameStore } from '../src/records/frame-store';

const request = {
  url: '/test?desk=north',
  headers: { 'sec-websocket-protocol': 'orders.v1, token.abc' },
  socket: { remoteAddress: '::ffff:127.0.0.1' },
} as unknown as IncomingMessage;

/** Creates a store with open connections. */
function createStore(limits = {}, connectionIds = ['a', 'b']) {
  const store = new FrameStore(limits);
  for (const connectionId of connectionIds) {
    store.update(store.open({ connectionId, request }), { state: 'ok' });
  }
  return store;
}

const textsOf = (store: FrameStore, connectionId: string) =>
  store
    .find(connectionId)
    ?.changed.filter(({ kind }) => kind !== 'connect')
    .map(({ text }) => text);

describe('the frame store', () => {
  it('describes the handshake and the end of a connection', () => {
    const store = new FrameStore();
    const opening = store.open({ connectionId: 'a', request, client: 'console' });
    expect(store.list()).toMatchObject([
      {
        connectionId: 'a',
        path: '/test?desk=north',
        protocols: ['orders.v1', 'token.abc'],
        sourceIp: '127.0.0.1',
        client: 'console',
        state: 'connecting',
        frames: 1,
        failures: 0,
      },
    ]);
    store.update(opening, { invocation: { requestId: '1', traceId: '1-a' } });
    expect(store.list()[0]?.state).toBe('connecting');
    store.update(opening, { state: 'ok' });
    expect(store.list()[0]?.state).toBe('open');
    store.update(store.add('a', 'close', 'bye', { code: 1000 }), { state: 'failed' });
    expect(store.list()[0]).toMatchObject({ state: 'closed', frames: 2, failures: 1 });
    expect(store.find('a')?.changed[1]).toMatchObject({ kind: 'close', text: 'bye', code: 1000 });
  });

  it('keeps rejected handshakes with their reason, newest first', () => {
    const store = createStore({}, ['a']);
    store.update(store.open({ connectionId: 'b', request }), { state: 'failed', code: 401, reason: 'No.' });
    expect(store.list().map(({ connectionId, state }) => [connectionId, state])).toEqual([
      ['b', 'rejected'],
      ['a', 'open'],
    ]);
    expect(store.find('b')?.changed[0]).toMatchObject({ code: 401, reason: 'No.' });
    expect(store.find('c')).toBeUndefined();
  });

  it('returns only frames that changed, with the duration of their integration', () => {
    const store = createStore();
    const first = store.add('a', 'in', 'first', { state: 'running' });
    store.add('a', 'in', 'second', {});
    const { version } = store;
    expect(store.find('a', version)?.changed).toEqual([]);
    store.update(first, { routeKey: 'order' });
    store.update(first, { state: 'ok' });
    expect(store.find('a', version)?.changed).toMatchObject([
      { text: 'first', routeKey: 'order', state: 'ok', duration: expect.any(Number) },
    ]);
  });

  it('matches frames to the request that caused them, by number or by trace', () => {
    const store = createStore();
    const rejected = store.add('a', 'in', 'x', {});
    store.add('a', 'out', 'error', { answers: rejected.number });
    const order = store.add('a', 'in', 'order', {});
    store.update(order, { invocation: { requestId: '1', traceId: '1-order' } });
    store.add('b', 'out', 'ordered', { traceId: '1-order' });
    store.add('b', 'out', 'unrelated', { traceId: '1-other' });
    expect(store.find('a')?.changed.find(({ text }) => text === 'error')?.request).toEqual({
      connectionId: 'a',
      number: rejected.number,
    });
    expect(
      store
        .find('b')
        ?.changed.slice(1)
        .map(({ request }) => request),
    ).toEqual([{ connectionId: 'a', number: order.number }, undefined]);
  });

  it('truncates long payloads, and records their original size', () => {
    const store = createStore({ payload: 4 });
    store.add('a', 'in', 'abcd', {});
    store.add('a', 'in', 'abcde', {});
    store.add('a', 'out', Buffer.from('abcü'), {});
    expect(
      store
        .find('a')
        ?.changed.slice(1)
        .map(({ text, bytes, isCut }) => [text, bytes, isCut]),
    ).toEqual([
      ['abcd', 4, false],
      ['abcd', 5, true],
      ['abc', 5, true],
    ]);
  });

  it('keeps the latest frames of each connection', () => {
    const store = createStore({ perConnection: 2 });
    for (const text of ['1', '2', '3']) store.add('a', 'in', text, {});
    store.add('b', 'in', '4', {});
    expect([textsOf(store, 'a'), textsOf(store, 'b')]).toEqual([['2', '3'], ['4']]);
    expect(store.find('a')?.first).toBe(store.find('a')?.changed[0]?.number);
  });

  it.each([
    ['frames', { total: 3 }],
    ['characters', { characters: 3 }],
  ])('limits the total number of %s of all connections, and removes closed connections', (_name, limits) => {
    const store = createStore({ perConnection: 2, ...limits });
    store.add('b', 'close', '', {});
    for (const text of ['1', '2', '3', '4', '5']) store.add('a', 'in', text, {});
    for (const connectionId of ['c', 'd', 'e'])
      store.update(store.open({ connectionId, request }), { state: 'ok' });
    for (const text of ['6', '7', '8']) store.add('c', 'in', text, {});
    expect(textsOf(store, 'c')).toEqual(['7', '8']);
    expect(textsOf(store, 'a')?.length).toBeLessThanOrEqual(1);
    expect(store.list().some(({ connectionId }) => connectionId === 'a')).toBe(true);
    if ('total' in limits) expect(store.find('b')).toBeUndefined();
  });

  it('ignores frames of unknown connections', () => {
    const store = createStore();
    store.update(store.add('z', 'in', 'x', {}), { state: 'ok' });
    expect(store.find('z')).toBeUndefined();
  });
});
