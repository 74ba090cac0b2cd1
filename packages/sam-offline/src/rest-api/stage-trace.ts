import type { IncomingMessage } from 'node:http';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { type ArnScope, partitionOf } from '../aws/arn';
import { AwsError, type JsonObject } from '../core/service';
import { getSourceIp } from '../http/source-ip';
import type { HttpResult } from '../http-invocation/proxy-result';
import { continueTrace, createSegmentId, formatTraceHeader, type TraceContext } from '../traces/header';
import {
  classifyStatus,
  preciseNow,
  type RecordSegment,
  type Subsegment,
  toEpochSeconds,
} from '../traces/segment';
import { createExtendedRequestId } from './event';
import type { RestApiModel } from './model';

/** A request to a stage. */
interface TracedRequest extends ArnScope {
  readonly api: RestApiModel;
  readonly request: IncomingMessage;
  readonly requestId: string;
}

/**
 * The trace of a request to a stage with active tracing. API Gateway records a segment (`AWS::ApiGateway::Stage`) with a
 * subsegment for each call of an authorizer or an integration.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html
 */
export class StageTrace {
  private readonly context: TraceContext;
  private readonly id = createSegmentId();
  private readonly start = toEpochSeconds(preciseNow());
  private readonly calls: Subsegment[] = [];

  constructor(
    private readonly traced: TracedRequest,
    private readonly record: RecordSegment,
  ) {
    this.context = continueTrace(traced.request.headersDistinct['x-amzn-trace-id']?.[0], true);
  }

  get traceId(): string {
    return this.context.root;
  }

  /** Returns ports that record their calls as subsegments of the stage's segment. */
  wrap<Ports extends IntegrationPorts>(ports: Ports): Ports {
    return {
      ...ports,
      invoke: (functionArn, event, onStart, onChunk) =>
        this.call(
          'Lambda',
          { operation: 'Invoke', function_name: functionArn.split(':')[6] ?? functionArn },
          (traceHeader) => ports.invoke(functionArn, event, onStart, onChunk, { traceHeader }),
        ),
      callService: (service, action, input, context) =>
        this.call(service, { operation: action, ...describeTarget(input) }, (traceHeader) =>
          ports.callService(service, action, input, { ...context, traceHeader }),
        ),
    };
  }

  /** Records the segment of the stage. */
  end({ statusCode, body }: HttpResult): void {
    if (!this.context.sampled) return;
    const { api, request, requestId, region, accountId } = this.traced;
    const { apiId, stage } = api;
    const { root, parent } = this.context;
    const ids = { extended_request_id: createExtendedRequestId(requestId), request_id: requestId };
    this.record({
      trace_id: root,
      id: this.id,
      ...(parent === undefined ? {} : { parent_id: parent }),
      name: `${api.name}/${stage}`,
      origin: 'AWS::ApiGateway::Stage',
      resource_arn: `arn:${partitionOf(region)}:apigateway:${region}::/restapis/${apiId}/stages/${stage}`,
      start_time: this.start,
      end_time: toEpochSeconds(preciseNow()),
      http: {
        request: describeRequest(request),
        response: { status: statusCode, content_length: body.length },
      },
      aws: { api_gateway: { account_id: accountId, rest_api_id: apiId, stage, request_id: requestId } },
      annotations: { 'aws:api_id': apiId, 'aws:api_stage': stage },
      metadata: { default: ids },
      ...classifyStatus(statusCode),
      subsegments: this.calls,
    });
  }

  private async call<T>(name: string, aws: JsonObject, run: (traceHeader: string) => Promise<T>): Promise<T> {
    const id = createSegmentId();
    const start = toEpochSeconds(preciseNow());
    let status = 200;
    try {
      return await run(formatTraceHeader(this.context, id));
    } catch (error) {
      status = error instanceof AwsError ? error.status : 500;
      throw error;
    } finally {
      this.calls.push({
        id,
        name,
        namespace: 'aws',
        start_time: start,
        end_time: toEpochSeconds(preciseNow()),
        http: { response: { status } },
        aws,
        ...classifyStatus(status),
      });
    }
  }
}

function describeRequest(request: IncomingMessage): object {
  const { method, url, headers } = request;
  return {
    url: `http://${headers.host ?? 'localhost'}${url}`,
    method,
    client_ip: getSourceIp(request),
    ...(headers['user-agent'] === undefined ? {} : { user_agent: headers['user-agent'] }),
  };
}

/** Returns the table or queue in the input of a call. */
function describeTarget({ TableName, QueueUrl }: JsonObject): JsonObject {
  if (typeof TableName === 'string') return { table_name: TableName };
  return typeof QueueUrl === 'string' ? { queue_url: QueueUrl } : {};
}
