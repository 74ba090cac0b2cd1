import type { OpenMetric, RecordValue } from '../core/metrics';
import type { HttpApiModel } from './model';

/**
 * The metrics of an HTTP API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 */
export class ApiMetrics {
  private readonly countRequest: RecordValue;
  private readonly recordClientError: RecordValue;
  private readonly recordServerError: RecordValue;

  constructor(openMetric: OpenMetric, { apiId, stage }: Pick<HttpApiModel, 'apiId' | 'stage'>) {
    const dimensions = { ApiId: apiId, Stage: stage };
    const open = (name: string) =>
      openMetric({ namespace: 'AWS/ApiGateway', name, unit: 'Count', dimensions });
    this.countRequest = open('Count');
    this.recordClientError = open('4xx');
    this.recordServerError = open('5xx');
  }

  /** Records a request with the status of its response. Each has values of both errors, so that their rates can be computed. */
  recordRequest(status: number): void {
    this.countRequest();
    this.recordClientError(status >= 400 && status < 500 ? 1 : 0);
    this.recordServerError(status >= 500 ? 1 : 0);
  }
}
