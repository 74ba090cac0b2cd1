import type { FunctionModel } from '../core/model';
import { AwsError } from '../core/service';

/**
 * Finds a function by what the Invoke API takes as FunctionName: a name, an ARN or a partial ARN
 * (`123456789012:function:name`), each with an optional `:$LATEST`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 *
 * Throws ResourceNotFoundException (404) for an unknown function or version.
 */
export function findFunction(
  functions: ReadonlyMap<string, FunctionModel>,
  functionName: unknown,
  location: { readonly region: string; readonly accountId: string },
): FunctionModel {
  if (typeof functionName !== 'string' || functionName === '') {
    throw new AwsError('ValidationException', '1 validation error detected: FunctionName is required');
  }
  const plain = functionName.replace(/:\$LATEST$/, '');
  const name = /^(?:(?:arn:aws[\w-]*:lambda:[\w-]+:)?(?:\d{12}:)?function:)?([\w-]+)$/.exec(plain)?.[1];
  const arn = plain.startsWith('arn:')
    ? plain
    : `arn:aws:lambda:${location.region}:${location.accountId}:function:${name ?? plain}`;
  const fn = functions.get(arn);
  if (fn) return fn;
  throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { Type: 'User' });
}

/** The part of FunctionConfiguration that this runtime knows. */
export function configurationOf(fn: FunctionModel): Record<string, unknown> {
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
