import type { OpenMetric, RecordValue } from '../core/metrics';

/** The names of the error metrics. */
export interface ErrorMetrics {
  readonly clientError: string;
  readonly serverError: string;
}

/**
 * Counts the requests and errors of a stage.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
export class ApiMetrics {
  private readonly countRequest: RecordValue;
  private readonly recordClientError: RecordValue;
  private readonly recordServerError: RecordValue;

  constructor(
    openMetric: OpenMetric,
    dimensions: Readonly<Record<string, string>>,
    { clientError, serverError }: ErrorMetrics,
  ) {
    const open = (name: string) =>
      openMetric({ namespace: 'AWS/ApiGateway', name, unit: 'Count', dimensions });
    this.countRequest = open('Count');
    this.recordClientError = open(clientError);
    this.recordServerError = open(serverError);
  }

  /**
   * Records a request with its response status. Also records zeros in the error metrics, so that error rates can be computed.
   */
  recordRequest(status: number): void {
    this.countRequest();
    this.recordClientError(status >= 400 && status < 500 ? 1 : 0);
    this.recordServerError(status >= 500 ? 1 : 0);
  }
}
