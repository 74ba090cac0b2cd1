import { AwsError } from '../core/service';

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
