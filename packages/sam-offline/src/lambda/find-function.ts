import { type ArnScope, formatArn } from '../aws/arn';
import { AwsError } from '../core/service';
import type { FunctionModel } from './model';

/**
 * Finds a function by a FunctionName of the Lambda API. This is a name, an ARN or a partial ARN (`123456789012:function:name`),
 * with an optional `:$LATEST`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 *
 * @throws AwsError ResourceNotFoundException (404) for an unknown function or version
 */
export function findFunction(
  functions: ReadonlyMap<string, FunctionModel>,
  functionName: unknown,
  location: ArnScope,
): FunctionModel {
  if (typeof functionName !== 'string' || functionName === '') {
    throw new AwsError('ValidationException', '1 validation error detected: FunctionName is required');
  }
  const unqualified = functionName.replace(/:\$LATEST$/, '');
  const name = /^(?:(?:arn:aws[\w-]*:lambda:[\w-]+:)?(?:\d{12}:)?function:)?([\w-]+)$/.exec(unqualified)?.[1];
  const arn = unqualified.startsWith('arn:')
    ? unqualified
    : formatArn(location, 'lambda', `function:${name ?? unqualified}`);
  const fn = functions.get(arn);
  if (fn) return fn;
  throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { Type: 'User' });
}

/** Returns the supported members of FunctionConfiguration. */
export function describeFunction(fn: FunctionModel): Record<string, unknown> {
  return {
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Runtime: fn.runtime,
    Handler: fn.handler,
    MemorySize: fn.memoryMb,
    Timeout: fn.timeoutSeconds,
    Version: '$LATEST',
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    TracingConfig: { Mode: fn.tracing },
    Environment: { Variables: { ...fn.environment } },
  };
}
