import type { CallContext, InvokeResult, JsonObject } from '../../src/core/service';
import { createRestApis, type RestApisOptions } from '../../src/rest-api';
import { load } from '../fixtures/template/load';
import { startServer } from './server';

interface Settings extends Partial<Omit<RestApisOptions, 'invoke' | 'callService'>> {
  /** Returns the result of a function. The default is status 200. */
  respond?: (
    event: JsonObject,
    functionArn: string,
    context?: Pick<CallContext, 'traceHeader'>,
  ) => InvokeResult | Promise<InvokeResult>;
  /** Returns the output of a service. */
  serve?: (service: string, action: string, input: JsonObject) => JsonObject | Promise<JsonObject>;
  files?: Record<string, string>;
}

/** Starts the REST APIs of a template, and records the events of functions and the calls of services. */
export async function startRestApis(template: string, { respond, serve, files, ...options }: Settings = {}) {
  const app = load(template, { ...(files && { files }), region: 'us-east-1', accountId: '111122223333' });
  // biome-ignore lint/suspicious/noExplicitAny: tests read properties of different events
  const events: any[] = [];
  const calls: { service: string; action: string; input: JsonObject; context: CallContext }[] = [];
  const logged: object[] = [];
  const restApis = createRestApis({
    apis: app.restApis,
    accountId: app.accountId,
    region: app.region,
    log: (line) => logged.push(line),
    async invoke(functionArn, event, _onStart, _onChunk, context) {
      events.push(event);
      return (await respond?.(event as JsonObject, functionArn, context)) ?? { payload: { statusCode: 200 } };
    },
    async callService(service, action, input, context) {
      calls.push({ service, action, input, context });
      return (await serve?.(service, action, input)) ?? {};
    },
    callConnections: async () => ({ status: 404 }),
    ...options,
  });
  const server = await startServer({ restApis });
  return { ...server, app, events, calls, logged };
}

/** The properties of a function without code. */
export const CODE = 'Handler: a.b, Runtime: nodejs24.x';

/** Creates a template with the REST API `Api`, its stage `v1`, and the function `Fn` with events. */
export function withApi(api: string, events: Record<string, string>, more = ''): string {
  const lines = Object.entries(events).map(
    ([name, event]) => `        ${name}: { Type: Api, Properties: { RestApiId: !Ref Api, ${event} } }`,
  );
  return `Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: { StageName: v1, ${api} }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: nodejs24.x
      Events:
${lines.join('\n')}
${more}`;
}

/** Creates a template with an API. `document` is its OpenAPI document. */
export function withDocument(document: object, more = ''): string {
  return `Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: { Name: api, Body: ${JSON.stringify({ openapi: '3.0.1', ...document })} }
  Deployment: { Type: AWS::ApiGateway::Deployment, Properties: { RestApiId: !Ref Api, StageName: v1 } }
  Fn: { Type: AWS::Lambda::Function, Properties: { Code: ., ${CODE}, Role: arn:aws:iam::1:role/r } }
${more}`;
}

/** The invocation URI of the function `Fn`. */
export const FN_URI = {
  'Fn::Sub':
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Fn::Sub
    'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations',
};

export const PERMISSION =
  '  Permission: { Type: AWS::Lambda::Permission, Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Fn, Principal: apigateway.amazonaws.com } }\n';
