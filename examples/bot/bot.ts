import { AwsClient } from 'aws4fetch';

/** The fields of the event that the bot uses. docs/events.md describes all fields. */
interface MessageSent {
  detail: { room: string; messageId: string; acceptedAt: number };
}

/**
 * Answers `!time` in the room of the message. EventBridge can deliver an event twice, and Lambda retries a failed invocation.
 * The idempotency key ensures that the room receives only one reply. A retry must send the same text, so the bot replies with
 * the time of the message instead of the current time.
 */
export async function handler({ detail }: MessageSent): Promise<void> {
  const { room, messageId, acceptedAt } = detail;
  const time = new Date(acceptedAt).toISOString().slice(11, 16);
  const response = await createClient().fetch(`${process.env.SERVER_API_URL}/rooms/${room}/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `bot-${messageId}` },
    body: JSON.stringify({ text: `It is ${time} UTC.`, username: 'Bot' }),
  });
  if (!response.ok) throw new Error(`The server API returned ${response.status}: ${await response.text()}`);
}

/** Signs requests with the credentials of the function's role, which Lambda provides in environment variables. */
function createClient(): AwsClient {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN, AWS_REGION } = process.env;
  return new AwsClient({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
    ...(AWS_REGION === undefined ? {} : { region: AWS_REGION }),
    service: 'execute-api',
    retries: 0, // Lambda retries the invocation
  });
}
