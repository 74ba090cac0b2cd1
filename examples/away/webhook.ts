import { createHmac } from 'node:crypto';
import type { MessageMissed } from './message-missed';
import { readSecret } from './secrets';

const TIMEOUT_MS = 10_000;

/**
 * Sends the event without the devices. The signature follows Standard Webhooks (https://www.standardwebhooks.com), so libraries
 * for many languages can verify it. A repeated request has the same `webhook-id`.
 *
 * @throws if the receiver does not accept the request, so that Lambda repeats the invocation.
 */
export async function handler({ detail }: MessageMissed): Promise<void> {
  const { devices: _, ...data } = detail;
  const id = `${detail.messageId}.${detail.userId}`;
  const timestamp = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ type: 'message.missed', timestamp: new Date().toISOString(), data });
  const key = await readSecret(process.env.WEBHOOK_KEY_SECRET ?? '');
  const response = await fetch(process.env.WEBHOOK_URL ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(key, id, timestamp, body),
    },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The receiver returned ${response.status}.`);
}

/** @param key in base64, as the libraries of the Standard Webhooks expect it. */
function sign(key: string, id: string, timestamp: number, body: string): string {
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(`${id}.${timestamp}.${body}`);
  return `v1,${signature.digest('base64')}`;
}
