import { STSClient } from '@aws-sdk/client-sts';
import { parsePositiveInteger, UsageError } from '../../command-line';
import { callServerApi, type ServerApi } from '../../server-api';
import { CommandError, describeDeployedStack, describeLocalStack, requireOutput } from '../../stack';

/** The options of the commands that read or erase a user's data. */
export const options = {
  user: { type: 'string' },
  port: { type: 'string', default: '3000' },
  stack: { type: 'string' },
} as const;

/** The delay before retrying a request after a temporary failure. */
const RETRY_MS = 1000;
const MAX_RETRIES = 60;

type Page = Record<string, unknown> & { cursor?: string };

/**
 * Requests all pages of a user's data from the server API. Retries requests after temporary failures.
 *
 * @throws UsageError without a user, or CommandError if a request is rejected.
 */
export async function* requestPages(
  method: 'GET' | 'DELETE',
  { user, port, stack }: { user?: string | undefined; port: string; stack?: string | undefined },
): AsyncGenerator<Page> {
  if (!user) throw new UsageError('--user is missing.');
  const api = await findServerApi(parsePositiveInteger('port', port), stack);
  const route = `${method} /v1/users/${encodeURIComponent(user)}/data`;
  let cursor: string | undefined;
  do {
    const page = await requestPage(api, cursor === undefined ? route : `${route}?cursor=${cursor}`);
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

async function findServerApi(port: number, stackName: string | undefined): Promise<ServerApi> {
  const stack =
    stackName === undefined ? await describeLocalStack(port) : await describeDeployedStack(stackName);
  const client = new STSClient(stack.clientConfig); // resolves the credentials and the Region like every SDK client
  try {
    const [credentials, region] = await Promise.all([client.config.credentials(), client.config.region()]);
    return { url: requireOutput(stack, 'ServerApiUrl').replace(/\/v1$/, ''), region, credentials };
  } finally {
    client.destroy();
  }
}

async function requestPage(api: ServerApi, route: string): Promise<Page> {
  for (let attempt = 0; ; attempt += 1) {
    const { status, body } = await callServerApi(api, route);
    if (status < 300) return body;
    const isTemporary = status === 409 || status === 429 || status >= 500;
    if (!isTemporary || attempt === MAX_RETRIES) {
      const reason = body.detail ?? body.message;
      throw new CommandError(
        `The server API rejected the request: ${reason} Run the command again to continue.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
