/** The result of a broadcast, with a message for the operator. */
export interface BroadcastResult {
  isSent: boolean;
  message: string;
}

const ERRORS: Record<number, string> = {
  401: 'The broadcast key is incorrect. Check the key, then try again.',
  403: 'Broadcasting is not allowed from this location.',
  404: 'The broadcast endpoint was not found. Check the deployment.',
  413: 'The message is too long.',
};

/** Posts a message to all connected users. Returns errors as a result and never throws. */
export async function postBroadcast(key: string, message: string): Promise<BroadcastResult> {
  const response = await fetch('broadcastmessage', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  }).catch(() => undefined);
  if (!response) return { isSent: false, message: 'No response. Check your connection, then try again.' };
  if (response.ok) return { isSent: true, message: 'Sent to everyone who is connected.' };
  return { isSent: false, message: await responseError(response) };
}

async function responseError(response: Response): Promise<string> {
  const { status } = response;
  if (status === 429) return `Too many broadcasts. ${retryHint(response)}`;
  if (status === 503) return `The service is temporarily unavailable. ${retryHint(response)}`;
  const problem: unknown = await response.json().catch(() => undefined);
  const { detail } = (problem ?? {}) as { detail?: unknown };
  const serverDetail = typeof detail === 'string' && status !== 401 ? detail : '';
  const parts = [ERRORS[status], serverDetail].filter(Boolean);
  return parts.join(' ') || `The request failed with status ${status}.`;
}

function retryHint({ headers }: Response): string {
  const seconds = Number(headers.get('retry-after'));
  return seconds > 0
    ? `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`
    : 'Try again in a moment.';
}
