import type { JsonObject, Service } from '../src/core/service';
import { openDynamoDb } from '../src/dynamodb';
import { createEvents } from '../src/events';
import { AccessControl } from '../src/iam/access-control';
import { createCredentials } from '../src/iam/credentials';
import { Concurrency } from '../src/lambda/account-concurrency';
import { findFunction } from '../src/lambda/find-function';
import { openSecrets } from '../src/secrets';
import { key, S, TABLE, tableModel } from './support/dynamodb';
import { arnOf, functionModel } from './support/lambda';
import { expectRecorded, readRecorded } from './support/recorded';
import { startServer } from './support/server';

const region = 'eu-central-1';
const accountId = '123456789012';

/** Rejects every call of the function `f`, because its role allows nothing. Allows every call of the developer. */
const access = new AccessControl({
  functions: [functionModel({ role: { statements: [], unresolved: [] } })],
  stateMachines: [],
  rules: [],
  tables: [tableModel()],
  region,
  accountId,
});
const signed = (accessKey = 'developer') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/${region}/x/aws4_request, SignedHeaders=host, Signature=0`,
});
const unprivileged = signed(createCredentials(arnOf('f')).accessKeyId);

const throttled: Service = {
  async call() {
    const concurrency = 'ReservedFunctionConcurrentInvocationLimitExceeded';
    new Concurrency(0, { concurrency, rate: '' }).accept(() => undefined);
    return {};
  },
};
const withoutFunctions: Service = {
  async call(_action, { FunctionName }) {
    return { ...findFunction(new Map(), FunctionName, { region, accountId }) };
  },
};

describe('recorded responses', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let lambda: Service = throttled;
  let isSlow = false;

  beforeAll(async () => {
    const dynamodb = await openDynamoDb({ tables: [tableModel()], transactionMs: () => (isSlow ? 50 : 0) });
    const events = createEvents({
      buses: [],
      rules: [],
      region,
      accountId,
      invoke: async () => ({}),
    } as never);
    const services: Record<string, Service> = {
      dynamodb,
      events,
      lambda: { call: (...call) => lambda.call(...call) },
      secretsmanager: openSecrets({ secrets: [] }),
    };
    server = await startServer({
      services: Object.fromEntries(
        Object.entries(services).map(([name, service]) => [name, access.wrap(name, service)]),
      ),
      findSigner: (authorization) => access.findSigner(authorization),
    });
  });
  afterAll(() => server.stop());

  const call = (target: string, input: JsonObject, headers: Record<string, string> = signed()) =>
    fetch(server.url, {
      method: 'POST',
      headers: { ...headers, 'x-amz-target': target },
      body: JSON.stringify(input),
    });
  const dynamodb = (action: string, input: JsonObject, headers?: Record<string, string>) =>
    call(`DynamoDB_20120810.${action}`, input, headers);
  const putEvents = (entry: JsonObject, headers?: Record<string, string>) =>
    call(
      'AWSEvents.PutEvents',
      { Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}', ...entry }] },
      headers,
    );
  const getSecret = (headers?: Record<string, string>) =>
    call('secretsmanager.GetSecretValue', { SecretId: 'none' }, headers);
  const invoke = (service: Service, headers = signed()) => {
    lambda = service;
    const url = `${server.url}/2015-03-31/functions/f/invocations`;
    return fetch(url, { method: 'POST', headers, body: '{}' });
  };

  const put = (sk: string, more: JsonObject = {}) => ({ TableName: TABLE, Item: key('a', sk), ...more });
  const absent = { ConditionExpression: 'attribute_not_exists(pk)' };
  const withItem = { ...absent, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
  const stored = { TableName: TABLE, Item: { ...key('a', '1'), n: { N: '7' } } };
  const transact = (...puts: JsonObject[]) =>
    dynamodb('TransactWriteItems', { TransactItems: puts.map((Put) => ({ Put })) });
  /** Repeats concurrent requests that write the item `1` until the last request conflicts with a transaction. */
  const meetTransaction = async (...requests: (() => Promise<Response>)[]) => {
    isSlow = true;
    for (;;) {
      const responses = await Promise.all(requests.map((request) => request()));
      const rejected = responses.at(-1) as Response;
      if (rejected.ok) continue;
      isSlow = false;
      return rejected;
    }
  };
  const writeInTransaction = () => transact(put('1'));

  type Provoke = () => Promise<Response>;
  const provoked: Record<string, Record<string, Provoke>> = {
    dynamodb: {
      conditionFailed: () => dynamodb('PutItem', put('1', absent)),
      conditionFailedWithItem: () => dynamodb('PutItem', put('1', withItem)),
      transactionCanceled: () => transact(put('2'), put('1', absent)),
      transactionCanceledWithItem: () => transact(put('2'), put('1', withItem)),
      transactionInvalid: () => {
        const Update = { TableName: TABLE, Key: key('a', '1'), UpdateExpression: 'SET x = y' };
        return dynamodb('TransactWriteItems', { TransactItems: [{ Put: put('2') }, { Update }] });
      },
      transactionConflict: () => meetTransaction(writeInTransaction, () => transact(put('1'), put('2'))),
      writeConflict: () => meetTransaction(writeInTransaction, () => dynamodb('PutItem', put('1'))),
      transactionInProgress: () => {
        let attempts = 0;
        const repeat = () => {
          const ClientRequestToken = `token-${Math.floor(attempts++ / 2)}`;
          return dynamodb('TransactWriteItems', { TransactItems: [{ Put: put('1') }], ClientRequestToken });
        };
        return meetTransaction(repeat, repeat);
      },
      tableNotFound: () => dynamodb('PutItem', { TableName: 'None', Item: key('a', '1') }),
      invalid: () => dynamodb('GetItem', { TableName: TABLE, Key: { pk: S('a') } }),
      accessDenied: () => dynamodb('PutItem', put('1'), unprivileged),
      unsigned: () => dynamodb('PutItem', put('1'), {}),
    },
    eventbridge: {
      tooLarge: () => putEvents({ Detail: JSON.stringify({ text: 'x'.repeat(1024 * 1024) }) }),
      malformedDetail: () => putEvents({ Detail: '{' }),
      missingSource: () => putEvents({ Source: '' }),
      accessDenied: () => putEvents({}, unprivileged),
    },
    lambda: {
      throttled: () => invoke(throttled),
      notFound: () => invoke(withoutFunctions),
      accessDenied: () => invoke(throttled, unprivileged),
    },
    'secrets-manager': {
      notFound: () => getSecret(),
      accessDenied: () => getSecret(unprivileged),
    },
  };
  /** Only faults cause these responses. */
  const notProvoked: Record<string, string[]> = {
    dynamodb: ['throttled', 'throughputExceeded'],
    eventbridge: ['internalFailure'],
  };

  describe.each(Object.entries(provoked))('of %s', (service, requests) => {
    const recorded = readRecorded(service);

    it.each(Object.entries(requests))('returns the response: %s', async (name, provoke) => {
      await dynamodb('PutItem', stored);
      await expectRecorded(await provoke(), recorded[name]);
    });

    it('covers every recorded response', () => {
      expect([...Object.keys(requests), ...(notProvoked[service] ?? [])].sort()).toEqual(
        Object.keys(recorded).sort(),
      );
    });
  });
});
