import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FunctionModel } from '../../core/model';
import type { PropertyMap, SupportedKeys } from '../property-map';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';
import { createAsyncInvokeModel } from './async-invoke';
import { createRoleModel } from './role';

const VERSIONS = 'The runtime does not emulate versions and aliases.';
const FROM_SOURCE = 'The runtime runs functions from source. Use PackageType Zip.';

const KEYS: SupportedKeys = {
  emulated: [
    ...['FunctionName', 'CodeUri', 'Handler', 'Runtime', 'MemorySize', 'Timeout', 'Environment', 'Tracing'],
    ...['ReservedConcurrentExecutions', 'PackageType', 'EventInvokeConfig'],
  ],
  inert: [
    ...['Description', 'Policies', 'Role', 'RolePath', 'AssumeRolePolicyDocument', 'PermissionsBoundary'],
    ...['Tags', 'PropagateTags', 'Architectures', 'LoggingConfig', 'KmsKeyArn', 'SourceKMSKeyArn'],
    ...['CodeSigningConfigArn', 'RuntimeManagementConfig', 'RecursiveLoop', 'EphemeralStorage'],
  ],
  unsupported: {
    InlineCode: 'Move the code to a file, and set CodeUri and Handler.',
    ImageUri: FROM_SOURCE,
    ImageConfig: FROM_SOURCE,
    Layers: 'Bundle dependencies with the function.',
    DeadLetterQueue: 'Use EventInvokeConfig with an OnFailure destination.',
    VpcConfig: 'The runtime does not emulate VPCs.',
    FileSystemConfigs: 'The runtime does not mount file systems.',
    FunctionUrlConfig: 'Use an AWS::Serverless::HttpApi.',
    AutoPublishAlias: VERSIONS,
    ProvisionedConcurrencyConfig: VERSIONS,
    DeploymentPreference: VERSIONS,
    SnapStart: VERSIONS,
  },
};

/** Lambda sets these variables and rejects functions that define them. */
const RESERVED_VARIABLES =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION_NAME|FUNCTION_MEMORY_SIZE|FUNCTION_VERSION|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API)|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/**
 * Creates the model of an AWS::Serverless::Function. `root` is the folder of the template.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
 */
export function createFunctionModel(resource: StackResource, root: string, stack: Stack): FunctionModel {
  const { properties } = resource;
  properties.checkKeys(resource.type, KEYS);
  properties.checkValue('PackageType', 'Zip', FROM_SOURCE);
  const reservedConcurrency = properties.getInteger('ReservedConcurrentExecutions', 0, 100_000);
  const eventInvokeConfig = properties.getMap('EventInvokeConfig');
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.getAttribute('Arn') ?? '',
    codeUri: resolveCodeUri(properties, root),
    handler: readHandler(properties),
    runtime: readRuntime(properties),
    memoryMb: properties.getInteger('MemorySize', 128, 10_240) ?? 128,
    timeoutSeconds: properties.getInteger('Timeout', 1, 900) ?? 3,
    environment: readEnvironment(properties.getMap('Environment')),
    // SAM's Disabled leaves Lambda's default, PassThrough.
    tracing:
      properties.getEnum('Tracing', ['Active', 'PassThrough', 'Disabled']) === 'Active'
        ? 'Active'
        : 'PassThrough',
    role: createRoleModel(resource),
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    ...(eventInvokeConfig && { asyncInvoke: createAsyncInvokeModel(eventInvokeConfig, stack) }),
  };
}

function resolveCodeUri(properties: PropertyMap, root: string): string {
  const uri = properties.getString('CodeUri') ?? '.';
  const folder = resolve(root, uri);
  if (/^\w+:\/\//.test(uri)) properties.addProblem(`must be a local folder, but is ${uri}`, 'CodeUri');
  else if (!existsSync(folder))
    properties.addProblem(
      `The folder ${uri} does not exist. The path is relative to the template.`,
      'CodeUri',
    );
  return folder;
}

function readHandler(properties: PropertyMap): string {
  const value = properties.requireString('Handler');
  if (value !== '' && !/^\S*[^\s/.]\.[^\s/.]+$/.test(value)) {
    properties.addProblem(
      `must be a file and an export, for example src/app.handler, but is ${value}`,
      'Handler',
    );
  }
  return value;
}

function readRuntime(properties: PropertyMap): string {
  const value = properties.requireString('Runtime');
  if (value !== '' && !/^nodejs\d+\.x$/.test(value)) {
    properties.addProblem(
      `The runtime ${value} is not supported. Use a Node.js runtime, for example nodejs24.x.`,
      'Runtime',
    );
  }
  return value;
}

function readEnvironment(environment: PropertyMap | undefined): Record<string, string> {
  environment?.checkKeys('Environment', { emulated: ['Variables'] });
  const variables = environment?.getMap('Variables');
  const result: Record<string, string> = {};
  for (const key of variables?.keys ?? []) {
    if (RESERVED_VARIABLES.test(key))
      variables?.addProblem(`Lambda reserves the environment variable ${key}. Use another name.`, key);
    else if (!/^[a-zA-Z][a-zA-Z0-9_]+$/.test(key))
      variables?.addProblem(
        `${key} is not a valid variable name. Use at least two letters, digits or underscores, starting with a letter.`,
        key,
      );
    result[key] = variables?.getString(key) ?? '';
  }
  return result;
}
