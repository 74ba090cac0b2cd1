import { createHash } from 'node:crypto';
import { generateRequestDetails, type VapidKeys } from 'web-push';
import type { Device, MessageMissed } from './message-missed';
import { isPushService } from './push-services';
import { readSecret } from './secrets';
import { removeDevice } from './server-api';

/** How long a push service keeps a notification for a device that is offline. */
const TTL_SECONDS = 24 * 3600;
const TIMEOUT_MS = 10_000;

/**
 * Sends a notification to each device of the user. Notifications of a room have the same topic and tag, so a repeated
 * notification replaces the first. The service worker of the page shows the notification. It does not contain the text of the
 * message, because messages can be edited or deleted.
 *
 * @throws if a push service cannot be reached, so that Lambda repeats the invocation.
 */
export async function handler({ detail }: MessageMissed): Promise<void> {
  const { userId, room, name, kind, from, devices } = detail;
  if (devices.length === 0) return;
  const keys: VapidKeys = JSON.parse(await readSecret(process.env.VAPID_KEYS_SECRET ?? ''));
  const payload = JSON.stringify({ room, name, kind, from: from.username });
  const topic = createHash('sha256').update(room).digest('base64url').slice(0, 32);
  const results = await Promise.allSettled(
    devices.map((device) => notify(userId, device, payload, topic, keys)),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function notify(
  userId: string,
  device: Device,
  payload: string,
  topic: string,
  keys: VapidKeys,
): Promise<void> {
  const request = isPushService(device.endpoint) ? encrypt(device, payload, topic, keys) : undefined;
  const host = new URL(device.endpoint).hostname;
  if (!request) {
    console.warn(`Not a push subscription of a known push service: ${host}`);
    return removeDevice(userId, device.deviceId);
  }
  const response = await fetch(request.endpoint, {
    method: 'POST',
    headers: request.headers as Record<string, string>,
    body: new Uint8Array(request.body ?? []),
    redirect: 'error', // to a host that is not known
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  const { status } = response;
  if (status === 404 || status === 410) await removeDevice(userId, device.deviceId);
  else if (status === 429 || status >= 500) throw new Error(`${host} returned ${status}.`);
  else if (!response.ok) console.error(`${host} returned ${status}. Compare the VAPID keys with WebPushKey.`);
}

/** Returns the request to the push service, or undefined if the keys of the device are not valid. */
function encrypt(device: Device, payload: string, topic: string, { publicKey, privateKey }: VapidKeys) {
  const vapidDetails = { subject: process.env.VAPID_SUBJECT ?? '', publicKey, privateKey };
  // Without a payload, which needs the keys of the device, it fails only if the keys of the deployment are not valid.
  generateRequestDetails(device, null, { vapidDetails });
  try {
    return generateRequestDetails(device, payload, { vapidDetails, TTL: TTL_SECONDS, topic });
  } catch {
    return undefined;
  }
}
