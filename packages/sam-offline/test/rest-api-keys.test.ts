import { send } from './support/http-api';
import { startRestApis, withApi } from './support/rest-api';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const plan = (
  limits: string,
) => `  Key: { Type: AWS::ApiGateway::ApiKey, Properties: { Enabled: true, Value: k1 } }
  Off: { Type: AWS::ApiGateway::ApiKey, Properties: { Enabled: false, Value: k2 } }
  Plan: { Type: AWS::ApiGateway::UsagePlan, Properties: { ApiStages: [{ ApiId: !Ref Api, Stage: v1 }], ${limits} } }
  KeyInPlan: { Type: AWS::ApiGateway::UsagePlanKey, Properties: { KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan } }
  OffInPlan: { Type: AWS::ApiGateway::UsagePlanKey, Properties: { KeyId: !Ref Off, KeyType: API_KEY, UsagePlanId: !Ref Plan } }
`;
const EVENTS = { Get: 'Path: /a, Method: get' };

async function start(template: string, options: Parameters<typeof startRestApis>[1] = {}) {
  const apis = await startRestApis(template, options);
  stops.push(apis.stop);
  const get = async (key?: string) => {
    const headers = { host: 'localhost', ...(key === undefined ? {} : { 'x-api-key': key }) };
    const { status, body } = await send(apis.port, 'GET', '/v1/a', headers);
    return status === 200 ? status : `${status} ${JSON.parse(body).message}`;
  };
  return { ...apis, get };
}

// docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
describe('API keys of a REST API', () => {
  it('are required in the header, and are passed to the function in the event', async () => {
    const { get, events } = await start(withApi('Auth: { ApiKeyRequired: true }', EVENTS, plan('')));
    expect([await get(), await get('other'), await get('k2'), await get('k1')]).toEqual([
      ...['403 Forbidden', '403 Forbidden', '403 Forbidden'],
      200,
    ]);
    expect(events).toMatchObject([{ requestContext: { identity: { apiKey: 'k1' } } }]);
  });

  it('are not required without ApiKeyRequired', async () => {
    const { get } = await start(withApi('', EVENTS, plan('')));
    expect(await get()).toBe(200);
  });

  it('are throttled by the limits of their usage plan', async () => {
    const limits = 'Throttle: { RateLimit: 1, BurstLimit: 2 }';
    const { get } = await start(withApi('Auth: { ApiKeyRequired: true }', EVENTS, plan(limits)), {
      clock: () => 0,
    });
    expect([await get('k1'), await get('k1'), await get('k1')]).toEqual([200, 200, '429 Too Many Requests']);
  });

  it.each([
    ['DAY', Date.UTC(2026, 0, 1, 23), Date.UTC(2026, 0, 2)],
    ['WEEK', Date.UTC(2026, 0, 3, 23), Date.UTC(2026, 0, 4)],
    ['MONTH', Date.UTC(2026, 0, 31), Date.UTC(2026, 1, 1)],
  ])('have a quota for each %s', async (period, last, next) => {
    let now = last;
    const limits = `Quota: { Limit: 1, Period: ${period} }`;
    const { get } = await start(withApi('Auth: { ApiKeyRequired: true }', EVENTS, plan(limits)), {
      wallClock: () => now,
    });
    expect([await get('k1'), await get('k1')]).toEqual([200, '429 Limit Exceeded']);
    now = next;
    expect(await get('k1')).toBe(200);
  });

  it('are generated for the usage plan of an AWS::Serverless::Api', async () => {
    const auth = 'Auth: { ApiKeyRequired: true, UsagePlan: { CreateUsagePlan: PER_API } }';
    const { get, app } = await start(
      withApi(
        auth,
        EVENTS,
        'Outputs: { Key: { Value: !Ref ApiApiKey }, Plan: { Value: !Ref ApiUsagePlan } }\n',
      ),
    );
    const [key] = app.restApis[0]?.apiKeys ?? [];
    expect(app.outputs.map(({ value }) => value)).toEqual([key?.id, key?.planId]);
    expect([await get(key?.value), await get('other')]).toEqual([200, '403 Forbidden']);
  });
});
