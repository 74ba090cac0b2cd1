const PAGE = 'https://chat.example/';

type Listener = (event: object) => void;

/** Runs the service worker with the API of a browser. */
function start(openPages: string[] = []) {
  const listeners = new Map<string, Listener>();
  const shown: unknown[] = [];
  const opened: string[] = [];
  Object.assign(globalThis, {
    addEventListener: (type: string, listener: Listener) => listeners.set(type, listener),
    registration: {
      scope: PAGE,
      showNotification: async (title: string, options: object) => void shown.push({ title, ...options }),
    },
    clients: {
      matchAll: async () =>
        openPages.map((url) => {
          const client = {
            url,
            focus: async () => client,
            navigate: async (to: string) => opened.push(`${url} → ${to}`),
          };
          return client;
        }),
      openWindow: async (url: string) => opened.push(url),
    },
  });
  jest.resetModules();
  jest.requireActual('../src/service-worker');
  /** Dispatches an event, and waits for its work. */
  const dispatch = async (type: string, event: object) => {
    const work: Promise<unknown>[] = [];
    listeners.get(type)?.({ ...event, waitUntil: (promise: Promise<unknown>) => work.push(promise) });
    await Promise.all(work);
  };
  const push = (payload: object) => dispatch('push', { data: { json: () => payload } });
  const click = (room: string) =>
    dispatch('notificationclick', { notification: { data: room, close: () => shown.pop() } });
  return { push, click, shown, opened };
}

describe('the service worker', () => {
  it.each([
    [{ name: 'Tea kitchen' }, 'wrote in Tea kitchen'],
    [{}, 'wrote in room 483920117'],
    [{ name: 'Ada & Bob', kind: 'direct' }, 'wrote to you'],
  ])('shows a notification of %j', async (more, body) => {
    const { push, shown } = start();
    await push({ room: '483920117', from: 'Ada', ...more });
    expect(shown).toEqual([{ title: 'Ada', body, tag: '483920117', data: '483920117' }]);
  });

  it('opens the room after a click, in an open page if there is one', async () => {
    const closed = start(['https://chat.example/broadcast.html']);
    await closed.push({ room: '483920117', from: 'Ada' });
    await closed.click('483920117');
    expect([closed.opened, closed.shown]).toEqual([[`${PAGE}#483920117`], []]);
    const open = start([`${PAGE}#lobby`]);
    await open.click('483920117');
    expect(open.opened).toEqual([`${PAGE}#lobby → ${PAGE}#483920117`]);
  });
});
