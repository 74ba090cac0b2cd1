/** What has become of a broadcast, in words for the person who sent it. */
export interface Outcome {
  isSent: boolean;
  text: string;
}

const REFUSALS: Record<number, string> = {
  401: 'The key is not right.',
  403: 'You are not allowed to broadcast from here.',
  404: 'Nothing takes broadcasts at this address.',
  413: 'The message is too long.',
};

/** Sends a text to everyone who is connected. Whatever happens is an outcome: it never throws. */
export async function post(key: string, message: string): Promise<Outcome> {
  const response = await fetch('broadcastmessage', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  }).catch(() => undefined);
  if (!response)
    return { isSent: false, text: 'There was no answer. Check your connection, then try again.' };
  if (response.ok) return { isSent: true, text: 'Sent to everyone who is connected.' };
  return { isSent: false, text: await refusal(response) };
}

async function refusal(response: Response): Promise<string> {
  const { status } = response;
  if (status === 429 || status === 503)
    return `${busy(status)} ${again(response.headers.get('retry-after'))}`;
  const problem: unknown = await response.json().catch(() => undefined);
  const { detail } = (problem ?? {}) as { detail?: unknown };
  const known = REFUSALS[status];
  const said = typeof detail === 'string' && status !== 401 ? detail : '';
  return [known, said].filter(Boolean).join(' ') || `It was refused (${status}).`;
}

function busy(status: number): string {
  return status === 429 ? 'Too many broadcasts at once.' : 'The service could not take it just now.';
}

/** @param seconds the `Retry-After` header */
function again(seconds: string | null): string {
  const wait = Number(seconds);
  return wait > 0 ? `Try again in ${wait} ${wait === 1 ? 'second' : 'seconds'}.` : 'Try again in a moment.';
}
