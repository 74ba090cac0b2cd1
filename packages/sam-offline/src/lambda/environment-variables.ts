import { randomBytes } from 'node:crypto';
import { UnsupportedError, UsageError } from '../core/service';
import { createCredentials } from '../iam/credentials';
import type { FunctionModel } from './model';

/** Variables that Lambda sets. As on AWS, functions must not define them. */
const RESERVED = [
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
];

/** Lambda's limit for the size of all variable names and values, measured as JSON. */
const MAX_BYTES = 4_096;

/**
 * Rejects functions that the runtime cannot run: functions with a runtime other than Node.js, with reserved variables, with too
 * many variables for Lambda's limit, or with NODE_OPTIONS, which worker threads do not support. Allows the option
 * `--enable-source-maps`, because source maps are always enabled.
 */
export function validateFunction(fn: FunctionModel): void {
  if (!/^nodejs\d/.test(fn.runtime)) {
    throw new UnsupportedError(
      `function ${fn.logicalId}: the runtime ${fn.runtime} is not supported. Use a Node.js runtime, for example nodejs24.x.`,
    );
  }
  const conflicts = Object.keys(fn.environment).filter((name) => RESERVED.includes(name));
  if (conflicts.length > 0) {
    throw new UsageError(
      `function ${fn.logicalId}: Lambda was unable to configure your environment variables because the ` +
        `environment variables you have provided contains reserved keys: ${conflicts.join(', ')}`,
    );
  }
  const text = JSON.stringify(fn.environment);
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new UsageError(
      `function ${fn.logicalId}: Lambda was unable to configure your environment variables because the ` +
        `environment variables you have provided exceeded the 4KB limit. String measured: ${text}`,
    );
  }
  const options = (fn.environment.NODE_OPTIONS ?? '').split(/\s+/).filter(Boolean);
  const unsupported = options.filter((option) => option !== '--enable-source-maps');
  if (unsupported.length > 0) {
    throw new UnsupportedError(
      `function ${fn.logicalId}: NODE_OPTIONS ${unsupported.join(' ')} is not supported.`,
    );
  }
}

/**
 * Creates all environment variables of an execution environment: the function's variables, the `extra` variables, and Lambda's
 * reserved variables, which take precedence. The credentials identify the function and are valid only for this runtime.
 * Functions inherit no variables from this process.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function createEnvironmentVariables(
  fn: FunctionModel,
  options: {
    readonly region: string;
    readonly taskRoot: string;
    readonly extra: Readonly<Record<string, string>>;
  },
): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = createCredentials(fn.arn);
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
    TZ: ':UTC',
    ...fn.environment,
    ...options.extra,
    _HANDLER: fn.handler,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_DEFAULT_REGION: options.region,
    AWS_REGION: options.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: createLogStreamName(),
    // Functions run on the Node.js version of this process. It may be older than the function's runtime.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LAMBDA_TASK_ROOT: options.taskRoot,
  };
}

function createLogStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
