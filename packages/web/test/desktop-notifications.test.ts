type Module = typeof import('../src/chat/desktop-notifications');

const notification = { title: 'Bob', text: 'hi', room: '483920110' };
const shown: unknown[] = [];
let permission: string;

class FakeNotification {
  static get permission() {
    return permission;
  }
  static async requestPermission() {
    permission = 'granted';
    return permission;
  }
  constructor(title: string, options?: object) {
    if (permission === 'granted') shown.push({ title, ...options });
  }
}

class IllegalNotification extends FakeNotification {
  constructor(title: string) {
    super(title);
    throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
  }
}

/** Loads the module as in a page with this `Notification` class. */
const load = (Notification?: unknown): Module => {
  jest.resetModules();
  if (Notification) Object.assign(globalThis, { Notification });
  return jest.requireActual<Module>('../src/chat/desktop-notifications');
};

beforeEach(() => {
  permission = 'default';
  shown.length = 0;
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, 'Notification');
});

describe('desktop notifications', () => {
  it('shows a notification with the room as its tag once the user allows them', async () => {
    const { notificationPermission, requestPermission, showNotification } = load(FakeNotification);
    expect(notificationPermission()).toBe('default');
    showNotification(notification);
    await expect(requestPermission()).resolves.toBe('granted');
    expect(shown).toEqual([]);
    showNotification(notification);
    expect(shown).toEqual([{ title: 'Bob', body: 'hi', tag: '483920110' }]);
  });

  it('reports unsupported browsers', async () => {
    const { requestPermission } = load();
    await expect(requestPermission()).resolves.toBe('unsupported');
  });

  it('reports browsers that show notifications only from service workers, and requests no permission', async () => {
    const { requestPermission } = load(IllegalNotification);
    await expect(requestPermission()).resolves.toBe('unsupported');
    expect(permission).toBe('default');
  });

  it('reports the browser as unsupported after the first failure if the user granted permission earlier', () => {
    permission = 'granted';
    const { notificationPermission, showNotification } = load(IllegalNotification);
    expect(notificationPermission()).toBe('granted');
    showNotification(notification);
    expect(notificationPermission()).toBe('unsupported');
  });
});
