import { randomBytes } from 'node:crypto';
import type { FunctionModel } from '../core/model';
import { UnsupportedError, UsageError } from '../core/service';
import { accessKeyOf } from '../iam/access-control';

/** Set by Lambda itself; a function that defines one of them is refused at deployment, so it is here. */
const reserved = [
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

/**
 * Refuses what cannot run here: a runtime other than Node.js, reserved variables, and NODE_OPTIONS other than
 * source maps, which are always on (a worker thread cannot be given the others).
 */
export function validateFunction(fn: FunctionModel): void {
  if (!/^nodejs\d+\.x$/.test(fn.runtime)) {
    throw new UnsupportedError(`function ${fn.logicalId}: the runtime ${fn.runtime} is not supported.`);
  }
  const taken = Object.keys(fn.environment).filter((name) => reserved.includes(name));
  if (taken.length > 0) {
    throw new UsageError(
      `function ${fn.logicalId}: Lambda was unable to configure your environment variables because the ` +
        `environment variables you have provided contains reserved keys: ${taken.join(', ')}`,
    );
  }
  const options = (fn.environment.NODE_OPTIONS ?? '').split(/\s+/).filter(Boolean);
  const refused = options.filter((option) => option !== '--enable-source-maps');
  if (refused.length > 0) {
    throw new UnsupportedError(
      `function ${fn.logicalId}: NODE_OPTIONS ${refused.join(' ')} is not supported.`,
    );
  }
}

/**
 * The whole environment of one execution environment: the function's own variables, those of the runtime
 * (`extra`), and Lambda's reserved ones, which win. The credentials are dummies; nothing is inherited.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function environmentOf(
  fn: FunctionModel,
  options: {
    readonly region: string;
    readonly taskRoot: string;
    readonly extra: Readonly<Record<string, string>>;
    readonly rewrite: (value: string) => string;
  },
): Record<string, string> {
  const own = Object.entries(fn.environment).map(([name, value]) => [name, options.rewrite(value)]);
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
    TZ: ':UTC',
    ...Object.fromEntries(own),
    ...options.extra,
    _HANDLER: fn.handler,
    AWS_ACCESS_KEY_ID: accessKeyOf(fn.arn),
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    AWS_DEFAULT_REGION: options.region,
    AWS_REGION: options.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(),
    // The runtime is nodejs24.x by name but whatever Node.js runs this process in fact.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LAMBDA_TASK_ROOT: options.taskRoot,
  };
}

function logStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
