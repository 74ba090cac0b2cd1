import type { PushDevice } from '@roomcast/client';

/**
 * Subscribes this browser to notifications that the server sends while the page is closed, and registers the service worker
 * that shows them. Loaded when the user turns notifications on.
 *
 * @param key the public key of the server. A subscription with another key is replaced.
 * @throws Error with a message for the user.
 */
export async function subscribe(key: string): Promise<PushDevice> {
  if ((await Notification.requestPermission()) !== 'granted')
    throw new Error('Your browser blocks notifications. Allow them for this page in its settings.');
  try {
    await navigator.serviceWorker.register('service-worker.js');
    const { pushManager } = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: key };
    const subscription = await pushManager.subscribe(options).catch(async () => {
      await (await pushManager.getSubscription())?.unsubscribe(); // of another key
      return pushManager.subscribe(options);
    });
    return subscription.toJSON();
  } catch {
    throw new Error('The push service of your browser cannot be reached. Try again later.');
  }
}
