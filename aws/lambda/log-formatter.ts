import { isRequestXRaySampled } from '@aws-lambda-powertools/commons/utils/env';
import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/**
 * Formats log lines like Powertools, but omits fields that would only make each line longer: the ARN of the function, whose name
 * is in the line, its memory, which `REPORT` lines contain, a sampling rate of 0, `cold_start` unless it is true, and the ID of a
 * trace that is not sampled, because X-Ray does not have it.
 *
 * https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/#custom-log-formatter
 */
export class ShortLogFormatter extends LogFormatter {
  override formatAttributes(attributes: UnformattedAttributes, more: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, lambdaContext, sampleRateValue, xRayTraceId } =
      attributes;
    const item = new LogItem({
      attributes: {
        level: logLevel,
        message,
        timestamp: this.formatTimestamp(timestamp),
        service: serviceName,
        cold_start: lambdaContext?.coldStart || undefined,
        function_name: lambdaContext?.functionName,
        function_request_id: lambdaContext?.awsRequestId,
        sampling_rate: sampleRateValue === 0 ? undefined : sampleRateValue,
        xray_trace_id: isRequestXRaySampled() ? xRayTraceId : undefined,
      },
    });
    return item.addAttributes(more);
  }
}
