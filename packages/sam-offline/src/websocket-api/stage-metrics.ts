import type { OpenMetric, RecordValue } from '../core/metrics';
import type { WebSocketApiModel } from './model';
import type { Outcome } from './outcome';

/**
 * Records the metrics of a stage.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
 */
export class StageMetrics {
  /** Records a request to the `$connect` integration. */
  readonly recordConnect: RecordValue;
  /** Records a message from or to a client. */
  readonly recordMessage: RecordValue;
  /** Records a request that is rejected before an integration is invoked. */
  readonly recordClientError: RecordValue;
  private readonly recordIntegrationError: RecordValue;
  private readonly recordExecutionError: RecordValue;
  private readonly recordLatency: RecordValue;

  constructor(openMetric: OpenMetric, { apiId, stage }: WebSocketApiModel) {
    const open = (name: string, unit = 'Count') =>
      openMetric({ namespace: 'AWS/ApiGateway', name, unit, dimensions: { ApiId: apiId, Stage: stage } });
    this.recordConnect = open('ConnectCount');
    this.recordMessage = open('MessageCount');
    this.recordClientError = open('ClientError');
    this.recordIntegrationError = open('IntegrationError');
    this.recordExecutionError = open('ExecutionError');
    this.recordLatency = open('IntegrationLatency', 'Milliseconds');
  }

  /**
   * Records the latency and the errors of an integration. A response with a status of 400 or more is an IntegrationError, and a
   * missing response is an ExecutionError. AWS does not document which error is recorded for a failed function.
   */
  recordOutcome(outcome: Outcome, latencyMs: number): void {
    const status = outcome.ok ? outcome.result.statusCode : outcome.status;
    if (!outcome.ok && status !== 502) {
      this.recordExecutionError();
      return;
    }
    this.recordIntegrationError(status >= 400 ? 1 : 0);
    this.recordLatency(latencyMs);
  }
}
