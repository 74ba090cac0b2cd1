/** Shows notifications of messages while the page is closed. Caches nothing. Imports nothing, so that it is one classic script. */

/** The parts of the service worker API that this script uses. */
interface WorkerScope {
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<WindowClient[]>;
    openWindow(url: string): Promise<unknown>;
  };
  addEventListener(type: 'push', listener: (event: PushEvent) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: ClickEvent) => void): void;
}
interface WindowClient {
  url: string;
  focus(): Promise<WindowClient>;
  navigate(url: string): Promise<unknown>;
}
interface LastingEvent {
  waitUntil(work: Promise<unknown>): void;
}
interface PushEvent extends LastingEvent {
  data: { json(): unknown };
}
interface ClickEvent extends LastingEvent {
  notification: Notification;
}

/** The payload of examples/away. It has no text of the message. */
interface Payload {
  room: string;
  name?: string;
  kind?: string;
  from: string;
}

const scope = globalThis as unknown as WorkerScope;

scope.addEventListener('push', (event) => {
  const { room, name, kind, from } = event.data.json() as Payload;
  const body = kind === 'direct' ? 'wrote to you' : `wrote in ${name ?? `room ${room}`}`;
  event.waitUntil(scope.registration.showNotification(from, { body, tag: room, data: room }));
});

scope.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openRoom(String(event.notification.data)));
});

/** Shows the room in an open page, or opens one. */
async function openRoom(room: string): Promise<void> {
  const page = new URL('./', scope.registration.scope).href;
  const windows = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = windows.find(({ url }) => url.split('#')[0] === page);
  if (!open) await scope.clients.openWindow(`${page}#${room}`);
  else await (await open.focus()).navigate(`${page}#${room}`);
}
