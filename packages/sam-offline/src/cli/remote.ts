import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject, UsageError } from '../core/service';
import { suggest } from '../text/nearest';
import type { RemoteArguments } from './command-line';
import { findPort } from './running-apps';

/** A resource in the console's list of resources. */
interface Named {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

/** The resources of a running application, by kind. */
interface AppSummary {
  readonly functions: readonly Named[];
  readonly queues: readonly Named[];
  readonly eventBuses: readonly Named[];
  readonly stateMachines: readonly Named[];
}

/** The output of a command, and whether it succeeded. */
export interface RemoteResult {
  readonly output: string;
  readonly succeeded: boolean;
}

/** The runtime requires signed requests, but accepts any signature with the developer's access key. */
const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=local/' };

const POLL_MILLIS = 100;

const DEFAULT_BUS: Named = { logicalId: 'default', name: 'default', arn: '' };

/**
 * Runs `invoke`, `send` or `exec` against a running application: the application on `--port`, or the most recently started
 * application of the template.
 *
 * @throws UsageError if no application is running, or if the application does not have the resource
 */
export async function runRemote(
  options: RemoteArguments,
  readInput = readStandardInput,
): Promise<RemoteResult> {
  const url = await findApp(options);
  const app = (await (await fetch(`${url}/_local/app`)).json()) as AppSummary;
  const body = readBody(options, readInput);
  if (options.command === 'invoke') return invoke(url, find(options.target, app.functions, 'function'), body);
  if (options.command === 'exec') {
    return execute(url, find(options.target, app.stateMachines, 'state machine'), body);
  }
  const queue = app.queues.find(({ logicalId, name }) => [logicalId, name].includes(options.target));
  if (queue) return sendMessage(url, queue, body);
  const buses = [...app.eventBuses, DEFAULT_BUS];
  const all = [...app.queues, ...buses];
  find(options.target, all, 'queue or event bus');
  return publishEvent(url, find(options.target, buses, 'event bus'), body);
}

async function findApp({ port, template }: RemoteArguments): Promise<string> {
  const found = port ?? findPort(template);
  const url = `http://127.0.0.1:${found}`;
  const isRunning =
    found !== undefined &&
    (await fetch(`${url}/_local/health`).then(
      ({ ok }) => ok,
      () => false,
    ));
  if (isRunning) return url;
  const place = port === undefined ? `with the template ${template}` : `on port ${port}`;
  throw new UsageError(
    `No application runs ${place}. Start it with "sam-offline", or set --port or --template.`,
  );
}

function find(target: string, resources: readonly Named[], kind: string): Named {
  const found = resources.find(({ logicalId, name }) => logicalId === target || name === target);
  if (found) return found;
  const names = resources.map(({ logicalId }) => logicalId);
  const known = names.length === 0 ? 'It has none.' : `It has: ${names.join(', ')}.`;
  throw new UsageError(`The application has no ${kind} ${target}.${suggest(target, names)} ${known}`);
}

function readBody({ body, eventFile }: RemoteArguments, readInput: () => string): string | undefined {
  if (eventFile === undefined) return body;
  try {
    return eventFile === '-' ? readInput() : readFileSync(eventFile, 'utf8');
  } catch (error) {
    throw new UsageError(`--event ${eventFile} cannot be read: ${(error as Error).message}`);
  }
}

function readStandardInput(): string {
  return readFileSync(0, 'utf8');
}

/** Invokes a function. The default event is an empty object. */
async function invoke(url: string, { name }: Named, body = '{}'): Promise<RemoteResult> {
  parseJson(body, 'event');
  const path = `${url}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
  const response = await fetch(path, { method: 'POST', headers: SIGNED, body });
  const output = await response.text();
  return { output, succeeded: response.ok && !response.headers.has('x-amz-function-error') };
}

async function sendMessage(url: string, { name }: Named, body: string | undefined): Promise<RemoteResult> {
  if (body === undefined) throw new UsageError('send requires a message, or a file with --event.');
  const fifo = { MessageGroupId: 'sam-offline', MessageDeduplicationId: randomUUID() };
  const input = { QueueUrl: name, MessageBody: body, ...(name.endsWith('.fifo') ? fifo : {}) };
  const result = await call(url, 'AmazonSQS.SendMessage', input);
  return { output: JSON.stringify(result), succeeded: true };
}

/** Publishes an event with the fields `source`, `detail-type` and `detail`. */
async function publishEvent(url: string, { name }: Named, body: string | undefined): Promise<RemoteResult> {
  const event = body === undefined ? undefined : parseJson(body, 'event');
  if (!isObject(event) || event.source === undefined || event['detail-type'] === undefined) {
    throw new UsageError(
      'send requires an event with source, detail-type and detail, for example ' +
        `'{"source":"app","detail-type":"Example","detail":{}}'.`,
    );
  }
  const { source, 'detail-type': detailType, detail = {}, resources } = event;
  const entry = {
    EventBusName: name,
    Source: source,
    DetailType: detailType,
    Detail: JSON.stringify(detail),
  };
  const result = await call(url, 'AWSEvents.PutEvents', { Entries: [{ ...entry, Resources: resources }] });
  return { output: JSON.stringify(result), succeeded: result.FailedEntryCount === 0 };
}

/** Runs a standard or express state machine, and waits until the execution ends. The default input is an empty object. */
async function execute(url: string, { arn }: Named, body = '{}'): Promise<RemoteResult> {
  parseJson(body, 'input');
  const { executionArn } = await call(url, 'AWSStepFunctions.StartExecution', {
    stateMachineArn: arn,
    input: body,
  });
  const path = `${url}/_local/executions/${encodeURIComponent(String(executionArn))}`;
  for (;;) {
    const response = await fetch(path);
    if (!response.ok) throw new UsageError(`The application no longer has the execution ${executionArn}.`);
    const execution = (await response.json()) as JsonObject;
    if (execution.status !== undefined && execution.status !== 'RUNNING') return describeExecution(execution);
    await sleep(POLL_MILLIS);
  }
}

function describeExecution({ status, output, error, cause }: JsonObject): RemoteResult {
  const succeeded = status === 'SUCCEEDED';
  if (!succeeded) return { output: JSON.stringify({ status, error, cause }), succeeded };
  return { output: typeof output === 'string' ? output : JSON.stringify(output), succeeded };
}

/** Calls an action of a service. @throws UsageError if the service rejects the call */
async function call(url: string, target: string, input: JsonObject): Promise<JsonObject> {
  const headers = { ...SIGNED, 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
  const output = (await response.json()) as JsonObject;
  if (response.ok) return output;
  const { __type = response.status, message, Message } = output;
  throw new UsageError(`${String(__type).replace(/^.*#/, '')}: ${String(message ?? Message)}`);
}

function parseJson(text: string, kind: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The ${kind} is not JSON: ${(error as Error).message}`);
  }
}
