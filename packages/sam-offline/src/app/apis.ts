import type { RequestApis } from '../api-gateway/request-apis';
import type { Invoke } from '../core/service';
import { createFunctionUrls, type FunctionUrls } from '../function-urls';
import { createHttpApis } from '../http-api';
import { createWebSocketApis, type WebSocketApis } from '../websocket-api';
import type { AwsServices } from './aws-services';
import type { AppServicesOptions } from './options';
import { createClock, createMachineClock } from './service-clocks';
import { findService } from './targets';

/** The APIs and function URLs of an application. */
export interface Apis {
  readonly webSocketApis: WebSocketApis;
  readonly httpApis: RequestApis;
  readonly functionUrls: FunctionUrls;
  /** Absent if the application has no REST APIs. */
  readonly restApis?: RequestApis;
}

/** Creates the APIs and function URLs of an application. */
export async function createApis(
  options: AppServicesOptions,
  aws: AwsServices,
  invoke: Invoke,
): Promise<Apis> {
  const { app, rates, records, onNotice: log } = options;
  const { region, accountId } = app;
  const { access } = aws;
  const clock = createMachineClock(options.clocks, 'execute-api');
  const webSocketApis = createWebSockets(options, aws, invoke);
  const restApis = await createRest(options, aws, invoke, webSocketApis);
  return {
    webSocketApis,
    ...(restApis && { restApis }),
    httpApis: createHttpApis({
      apis: app.httpApis,
      accountId,
      region,
      rates,
      wallClock: clock,
      invoke,
      callService: (service, action, input, context) =>
        findService(aws.services, service).call(action, input, context),
      authorize: (request) => access.findCaller(request),
      log,
      openMetric: records.openMetric,
    }),
    functionUrls: createFunctionUrls({
      urls: app.functionUrls,
      accountId,
      region,
      clock,
      invoke,
      authorize: (request) => access.findUrlCaller(request),
      log,
    }),
  };
}

/** Loads the REST APIs only for applications that have them. */
async function createRest(
  { app, rates, clocks, records, onNotice }: AppServicesOptions,
  { services, access }: AwsServices,
  invoke: Invoke,
  webSocketApis: WebSocketApis,
): Promise<RequestApis | undefined> {
  if (app.restApis.length === 0) return undefined;
  const { createRestApis } = await import('../rest-api');
  return createRestApis({
    apis: app.restApis,
    accountId: app.accountId,
    region: app.region,
    rates,
    wallClock: createMachineClock(clocks, 'execute-api'),
    invoke,
    callService: (service, action, input, context) =>
      findService(services, service).call(action, input, context),
    callConnections: (request, principal) => webSocketApis.callConnections(request, principal),
    authorize: (request) => access.findCaller(request),
    ...(onNotice && { log: onNotice }),
    openMetric: records.openMetric,
    segments: records.traces.add,
  });
}

function createWebSockets(
  options: AppServicesOptions,
  { services, access }: AwsServices,
  invoke: Invoke,
): WebSocketApis {
  const { app, lambda, faults, rates, records, onNotice } = options;
  return createWebSocketApis({
    apis: app.webSocketApis,
    region: app.region,
    rates,
    clock: createClock(options, 'execute-api'),
    wallClock: createMachineClock(options.clocks, 'execute-api'),
    faults,
    invoke,
    callService: (service, action, input, context) =>
      findService(services, service).call(action, input, context),
    authorize: (authorization, request) => access.checkConnection(authorization, request),
    accountId: app.accountId,
    findCaller: (request) => access.findCaller(request),
    authorizeRole: (principal, request) => access.checkConnectionOf(principal, request),
    log: onNotice,
    openMetric: records.openMetric,
    frames: records.usage.watch(records.frames),
    findTrace: (authorization) => {
      const signer = access.findSigner(authorization);
      return signer === undefined ? undefined : lambda.findTrace(signer);
    },
  });
}
