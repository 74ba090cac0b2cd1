import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FunctionModel } from '../../core/model';
import type { Members, Section } from '../section';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';
import { asyncInvoke } from './async-invoke';

const VERSIONS = 'versions and aliases are not available here';

const MEMBERS: Members = {
  implemented: [
    ...['FunctionName', 'CodeUri', 'Handler', 'Runtime', 'MemorySize', 'Timeout', 'Environment', 'Tracing'],
    ...['ReservedConcurrentExecutions', 'PackageType', 'EventInvokeConfig'],
  ],
  inert: [
    ...['Description', 'Policies', 'Role', 'RolePath', 'AssumeRolePolicyDocument', 'PermissionsBoundary'],
    ...['Tags', 'PropagateTags', 'Architectures', 'LoggingConfig', 'KmsKeyArn', 'SourceKMSKeyArn'],
    ...['CodeSigningConfigArn', 'RuntimeManagementConfig', 'RecursiveLoop', 'EphemeralStorage'],
  ],
  refused: {
    InlineCode: 'put the code in a file and name it by CodeUri and Handler',
    ImageUri: 'functions run from source, not from container images',
    ImageConfig: 'functions run from source, not from container images',
    Layers: 'bundle what the function needs',
    DeadLetterQueue: 'asynchronous invocations have no dead-letter queue here',
    VpcConfig: 'there is no network of its own here',
    FileSystemConfigs: 'there are no mounted file systems here',
    FunctionUrlConfig: 'function URLs are not available here',
    AutoPublishAlias: VERSIONS,
    ProvisionedConcurrencyConfig: VERSIONS,
    DeploymentPreference: VERSIONS,
    SnapStart: VERSIONS,
  },
};

/** Lambda sets these itself and refuses functions that define them. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION_NAME|FUNCTION_MEMORY_SIZE|FUNCTION_VERSION|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API)|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/**
 * AWS::Serverless::Function. `root` is the folder of the template.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
 */
export function functionModel(resource: StackResource, root: string, stack: Stack): FunctionModel {
  const { properties } = resource;
  properties.allow(resource.type, MEMBERS);
  properties.expect('PackageType', 'Zip', 'functions run from source, not from container images');
  const reservedConcurrency = properties.integer('ReservedConcurrentExecutions', 0, 100_000);
  const eventInvokeConfig = properties.section('EventInvokeConfig');
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.attribute('Arn') ?? '',
    codeUri: codeUri(properties, root),
    handler: handler(properties),
    runtime: runtime(properties),
    memoryMb: properties.integer('MemorySize', 128, 10_240) ?? 128,
    timeoutSeconds: properties.integer('Timeout', 1, 900) ?? 3,
    environment: environment(properties.section('Environment')),
    // SAM's third value, Disabled, leaves Lambda's own default.
    tracing:
      properties.oneOf('Tracing', ['Active', 'PassThrough', 'Disabled']) === 'Active'
        ? 'Active'
        : 'PassThrough',
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    ...(eventInvokeConfig && { asyncInvoke: asyncInvoke(eventInvokeConfig, stack) }),
  };
}

function codeUri(properties: Section, root: string): string {
  const uri = properties.string('CodeUri') ?? '.';
  const folder = resolve(root, uri);
  if (/^\w+:\/\//.test(uri))
    properties.problem(`CodeUri must be a folder on this machine, not ${uri}`, 'CodeUri');
  else if (!existsSync(folder)) properties.problem(`there is no ${uri} beside the template`, 'CodeUri');
  return folder;
}

function handler(properties: Section): string {
  const value = properties.requiredString('Handler');
  if (value !== '' && !/^\S*[^\s/.]\.[^\s/.]+$/.test(value)) {
    properties.problem(`must be a file and its export, such as src/app.handler, but is ${value}`, 'Handler');
  }
  return value;
}

function runtime(properties: Section): string {
  const value = properties.requiredString('Runtime');
  if (value !== '' && !/^nodejs\d+\.x$/.test(value)) {
    properties.problem(`the runtime ${value} is not supported: only nodejs*.x`, 'Runtime');
  }
  return value;
}

function environment(section: Section | undefined): Record<string, string> {
  section?.allow('Environment', { implemented: ['Variables'] });
  const variables = section?.section('Variables');
  const result: Record<string, string> = {};
  for (const key of variables?.keys ?? []) {
    if (RESERVED.test(key)) variables?.problem(`Lambda reserves the variable ${key}`, key);
    else if (!/^[a-zA-Z][a-zA-Z0-9_]+$/.test(key))
      variables?.problem(`${key} is no name for a variable`, key);
    result[key] = variables?.string(key) ?? '';
  }
  return result;
}
