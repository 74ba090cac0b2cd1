import { eventually } from '../../../../testbed/client';
import { createPushReceiver, createVapidKeys } from '../../../../tests/support/push-receiver';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const { publicKey } = createVapidKeys();
const setup = setUpStackAndBrowser({ WebPushKey: publicKey });
const { keys } = createPushReceiver();

/** Opens a visitor whose browser has a push service, which Chromium without a Google account has not. */
async function openWithPush(options = {}, path = ''): Promise<Visitor> {
  const visitor = await Visitor.open(setup.browser, setup.stack, options, path);
  await visitor.context.grantPermissions(['notifications', 'local-network-access']);
  await visitor.context.addInitScript(
    `PushManager.prototype.subscribe = async ({ applicationServerKey }) => ({
       toJSON: () => ({ endpoint: 'https://push.example/' + applicationServerKey, expirationTime: null, keys: ${JSON.stringify(keys)} }),
     })`,
  );
  await visitor.page.reload();
  return visitor;
}

const toggle = ({ page }: Visitor) =>
  page.getByRole('checkbox', { name: 'Notify me when this page is closed' });

const readDevices = async () => {
  const items = await setup.stack.scan('ChatTable');
  return items
    .filter(({ sk }) => sk === 'devices')
    .flatMap(({ devices }) => Object.values(devices as object));
};

describe('notifications while the page is closed', () => {
  it('loads the service worker when they are switched on, and shows what the server sends', async () => {
    const ada = await openWithPush();
    const requests: string[] = [];
    ada.context.on('request', (request) => requests.push(new URL(request.url()).pathname));
    const room = await ada.createRoom('Ada', 'Tea kitchen');
    await toggle(ada).waitFor();
    expect(requests.filter((path) => /service-worker|web-push/.test(path))).toEqual([]);
    await toggle(ada).check();
    await eventually(async () => (await readDevices()).length === 1);
    expect(await readDevices()).toMatchObject([{ endpoint: `https://push.example/${publicKey}`, keys }]);
    expect(requests.filter((path) => /service-worker|web-push/.test(path))).toHaveLength(1 + 1);
    await ada.expectAccessible();
    await takeScreenshot(ada.page, 'away');

    const cdp = await ada.context.newCDPSession(ada.page);
    const registered = new Promise<string>((resolve) =>
      cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) =>
        resolve(registrations[0]?.registrationId ?? ''),
      ),
    );
    await cdp.send('ServiceWorker.enable');
    const data = JSON.stringify({ room, name: 'Tea kitchen', from: 'Bob' });
    await cdp.send('ServiceWorker.deliverPushMessage', {
      ...{ origin: setup.stack.httpUrl, registrationId: await registered, data },
    });
    const notifications = () =>
      ada.page.evaluate(
        `navigator.serviceWorker.ready.then((registration) => registration.getNotifications()).then((shown) =>
           shown.map(({ title, body, tag, data }) => ({ title, body, tag, data })))`,
      ) as Promise<unknown[]>;
    await eventually(async () => (await notifications()).length === 1);
    expect(await notifications()).toEqual([
      { title: 'Bob', body: 'wrote in Tea kitchen', tag: room, data: room },
    ]);

    await ada.page.reload();
    await toggle(ada).waitFor();
    expect(await toggle(ada).isChecked()).toBe(true);
    await toggle(ada).uncheck();
    await eventually(async () => {
      const rooms = await setup.stack.scan('ChatTable');
      return rooms.find((item) => item.pk === `room#${room}` && item.sk === 'room')?.followers === undefined;
    });
    await ada.close();
  });

  it('explains on a phone that the browser blocks notifications', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack, PHONE);
    await ada.createRoom('Ada');
    await ada.page.getByRole('button', { name: 'Members: 1' }).click();
    await toggle(ada).click();
    await ada.page.getByRole('alert').filter({ hasText: 'Your browser blocks notifications' }).waitFor();
    expect(await toggle(ada).isChecked()).toBe(false);
    await ada.expectAccessible();
    await ada.close();
  });
});
