import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createRoleModel } from '../iam/role-template';
import type { PropertyMap, SupportedKeys } from '../template/property-map';
import {
  ALIAS,
  createArnGetter,
  FUNCTION,
  FUNCTIONS,
  type Getter,
  getName,
  LAMBDA_FUNCTION,
  type NamedResource,
  type ResourceType,
  VERSION,
} from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { toPlainValue } from '../template/yaml/node';
import { createAsyncInvokeModel } from './async-invoke-template';
import { expandAlias } from './expand-alias';
import { writeInlineCode } from './inline-code';
import { LAYER_TYPES, readLayers } from './layer-template';
import type { FunctionModel } from './model';

const DEPLOYMENT_ONLY = ['AutoPublishAlias', 'AutoPublishAliasAllProperties', 'AutoPublishCodeSha256'];

const SAM_KEYS: SupportedKeys = {
  emulated: [
    ...[
      'FunctionName',
      'CodeUri',
      'InlineCode',
      'Handler',
      'Runtime',
      'MemorySize',
      'Timeout',
      'Environment',
    ],
    ...[
      'Tracing',
      'ReservedConcurrentExecutions',
      'PackageType',
      'EventInvokeConfig',
      'Policies',
      'Role',
      'Layers',
      'FunctionUrlConfig',
    ],
  ],
  inert: [
    ...[
      'Description',
      'RolePath',
      'AssumeRolePolicyDocument',
      'PermissionsBoundary',
      'Tags',
      'PropagateTags',
    ],
    ...['Architectures', 'LoggingConfig', 'KmsKeyArn', 'SourceKMSKeyArn', 'CodeSigningConfigArn'],
    ...['RuntimeManagementConfig', 'RecursiveLoop', 'EphemeralStorage', 'ProvisionedConcurrencyConfig'],
    ...[
      'DeploymentPreference',
      'SnapStart',
      'VersionDescription',
      'VersionDeletionPolicy',
      ...DEPLOYMENT_ONLY,
    ],
  ],
  unsupported: {
    ImageUri: 'Functions run from source.',
    ImageConfig: 'Functions run from source.',
    DeadLetterQueue: 'Failed events are not sent to it. Use EventInvokeConfig with an OnFailure destination.',
    VpcConfig: 'The function runs without a VPC.',
    FileSystemConfigs: 'File systems are not mounted.',
  },
};

const KEYS: SupportedKeys = {
  emulated: [
    ...[
      'FunctionName',
      'Code',
      'Handler',
      'Runtime',
      'MemorySize',
      'Timeout',
      'Environment',
      'TracingConfig',
    ],
    ...['ReservedConcurrentExecutions', 'PackageType', 'Role', 'Layers'],
  ],
  inert: [
    ...['Description', 'Tags', 'Architectures', 'LoggingConfig', 'KmsKeyArn', 'CodeSigningConfigArn'],
    ...['RuntimeManagementConfig', 'RecursiveLoop', 'EphemeralStorage', 'SnapStart'],
  ],
  unsupported: {
    ImageConfig: 'Functions run from source.',
    DeadLetterConfig: 'Failed events are not sent to it.',
    VpcConfig: 'The function runs without a VPC.',
    FileSystemConfigs: 'File systems are not mounted.',
  },
};

const getFunctionArn = createArnGetter('lambda', 'function:');
const FUNCTION_TYPE: ResourceType = {
  nameProperty: 'FunctionName',
  maxNameLength: 64,
  ref: getName,
  attributes: { Arn: getFunctionArn },
};

/** Returns the ARN of the function that an alias or a version refers to. The reference is a name or an ARN. */
function getTargetArn(resource: NamedResource): string {
  const target = resource.getProperty('FunctionName') ?? '';
  return target.startsWith('arn:') ? target : resource.deployment.formatArn('lambda', `function:${target}`);
}
const getAliasArn: Getter = (alias) => `${getTargetArn(alias)}:${alias.name}`;
const getVersionArn: Getter = (version) => `${getTargetArn(version)}:1`;

/** The resource types of functions, versions, aliases and layers, and the models of functions. */
export const lambdaTemplate: ServiceTemplate<{ readonly functions: readonly FunctionModel[] }> = {
  types: {
    [FUNCTION]: FUNCTION_TYPE,
    [LAMBDA_FUNCTION]: FUNCTION_TYPE,
    [ALIAS]: { nameProperty: 'Name', ref: getAliasArn, attributes: { AliasArn: getAliasArn } },
    [VERSION]: {
      ref: getVersionArn,
      attributes: { FunctionArn: getVersionArn, Version: () => '1' },
    },
    ...LAYER_TYPES,
  },
  expansions: { [FUNCTION]: expandAlias },
  createModels: (stack) => ({
    functions: stack.listResourcesOf(...FUNCTIONS).flatMap((fn) => createFunctionModel(fn, stack) ?? []),
  }),
};

/** The runtime does not run `make` or package.json scripts, which create folders such as `dist/`. */
const BUILD_HINT = 'If a build creates it, run the build first.';

/** Lambda sets these variables and rejects functions that define them. */
const RESERVED_VARIABLES =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION_NAME|FUNCTION_MEMORY_SIZE|FUNCTION_VERSION|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API)|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/**
 * Creates the model of a function. If the function cannot run locally, marks the resource as unsupported and returns undefined.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
 */
function createFunctionModel(resource: StackResource, stack: Stack): FunctionModel | undefined {
  const { properties } = resource;
  const isSam = resource.type === FUNCTION;
  properties.checkKeys(resource.type, isSam ? SAM_KEYS : KEYS);
  // Reads the settings before the code, so that problems are also reported for functions that cannot run locally.
  const settings = readSettings(resource, isSam);
  const code = readCode(resource, stack);
  if (typeof code === 'string') {
    resource.markUnsupported(`${code} Invocations fail.`);
    return undefined;
  }
  if (stack.requireSources && !hasSource(code)) {
    resource.markUnsupported(
      `The file of the handler ${code.handler} does not exist. ${BUILD_HINT} Invocations fail.`,
    );
    return undefined;
  }
  const buildMethod = readMetadata(resource)?.BuildMethod;
  if (buildMethod === undefined && isTypeScript(code)) {
    properties.report(
      'warning',
      'TypeScript runs on AWS only after a build. Add Metadata: { BuildMethod: esbuild } to the function.',
      'Handler',
    );
  }
  const eventInvokeConfig = properties.getMap('EventInvokeConfig');
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.getAttribute('Arn') ?? '',
    ...code,
    layers: readLayers(resource, stack),
    ...(buildMethod === undefined ? {} : { buildMethod }),
    ...settings,
    role: createRoleModel(resource, 'Role', stack),
    ...(eventInvokeConfig && { asyncInvoke: createAsyncInvokeModel(eventInvokeConfig, stack) }),
  };
}

type Settings = Pick<
  FunctionModel,
  'memoryMb' | 'timeoutSeconds' | 'environment' | 'tracing' | 'reservedConcurrency'
>;

function readSettings({ properties }: StackResource, isSam: boolean): Settings {
  const reservedConcurrency = properties.getInteger('ReservedConcurrentExecutions', 0, 100_000);
  return {
    memoryMb: properties.getInteger('MemorySize', 128, 10_240) ?? 128,
    timeoutSeconds: properties.getInteger('Timeout', 1, 900) ?? 3,
    environment: readEnvironment(properties.getMap('Environment')),
    tracing: readTracing(properties, isSam),
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
  };
}

/**
 * Returns whether the handler's file exists. Also returns true for an invalid handler, because `readCode` already reports it.
 */
function hasSource({ codeUri, handler }: Code): boolean {
  const module = /^(.*?[^/.]+)\.[^/]+$/.exec(handler)?.[1];
  return (
    module === undefined || EXTENSIONS.some((extension) => existsSync(join(codeUri, module + extension)))
  );
}

function isTypeScript({ codeUri, handler }: Code): boolean {
  const base = join(codeUri, handler.replace(/\.[^./]+$/, ''));
  return existsSync(`${base}.ts`) && !existsSync(`${base}.js`) && !existsSync(`${base}.mjs`);
}

/** Reads the tracing mode. With SAM's mode Disabled, the function uses Lambda's default, PassThrough. */
function readTracing(properties: PropertyMap, isSam: boolean): FunctionModel['tracing'] {
  const mode = isSam
    ? properties.getEnum('Tracing', ['Active', 'PassThrough', 'Disabled'])
    : properties.getMap('TracingConfig')?.getEnum('Mode', ['Active', 'PassThrough']);
  return mode === 'Active' ? 'Active' : 'PassThrough';
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
const MAX_HANDLER_LENGTH = 128;

type Code = Pick<FunctionModel, 'codeUri' | 'handler' | 'runtime'>;

/** Returns the code of a function, or the reason why the function cannot run locally. */
function readCode(resource: StackResource, stack: Stack): Code | string {
  const { properties } = resource;
  if (properties.getString('PackageType') === 'Image') return 'Functions from container images do not run.';
  const runtime = properties.requireString('Runtime');
  if (runtime !== '' && !/^nodejs/.test(runtime)) return `Functions of the runtime ${runtime} do not run.`;
  const handler = properties.requireString('Handler');
  if (handler !== '' && !/^\S*[^\s/.]\.[^\s/]+$/.test(handler)) {
    properties.addProblem(
      `must be a file and an export, for example src/app.handler, but is ${handler}`,
      'Handler',
    );
    return 'Its handler is not valid.';
  }
  if (handler.length > MAX_HANDLER_LENGTH) {
    properties.addProblem(`must not have more than ${MAX_HANDLER_LENGTH} characters`, 'Handler');
    return 'Its handler is not valid.';
  }
  const inline = properties.getString('InlineCode') ?? readZipFile(properties);
  if (inline !== undefined) return { codeUri: writeInlineCode(inline, handler), handler, runtime };
  const uri = readCodeUri(properties);
  if (uri === undefined || /^\w+:\/\//.test(uri)) return `The code is not in a local folder: ${uri ?? 'S3'}.`;
  const codeUri = resolve(stack.root, uri);
  if (!existsSync(codeUri)) {
    return `The folder ${uri} does not exist. It is relative to the template. ${BUILD_HINT}`;
  }
  return { codeUri, handler: findEntryPoint(resource, codeUri, handler), runtime };
}

function readZipFile(properties: PropertyMap): string | undefined {
  return properties.getValue('Code') instanceof Object
    ? properties.getMap('Code')?.getString('ZipFile')
    : undefined;
}

/** Reads CodeUri, or a local path in Code. `sam build` and `aws cloudformation package` accept this path, too. */
function readCodeUri(properties: PropertyMap): string | undefined {
  const value = properties.getValue(properties.has('Code') ? 'Code' : 'CodeUri') ?? '.';
  return typeof value === 'string' ? value : undefined;
}

/** The extensions of source files, in search order. */
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs'];

/**
 * Returns the handler with its path in the source folder. `sam build` with esbuild flattens the paths of the EntryPoints, so
 * `app.handler` can refer to `src/app.ts`.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
 */
function findEntryPoint(resource: StackResource, codeUri: string, handler: string): string {
  const [, module = '', exportName = ''] = /^(.*?[^/.]+)\.([^/]+)$/.exec(handler) ?? [];
  if (EXTENSIONS.some((extension) => existsSync(join(codeUri, module + extension)))) return handler;
  const metadata = readMetadata(resource);
  const entryPoints = [metadata?.BuildProperties?.EntryPoints ?? []].flat();
  const entry = entryPoints
    .map((file) => String(file).replace(/\.[cm]?[jt]s$/, ''))
    .find((file) => basename(file) === basename(module));
  return entry === undefined ? handler : `${entry}.${exportName}`;
}

function readMetadata({ metadata }: StackResource): Metadata | undefined {
  return metadata ? (toPlainValue(metadata) as Metadata) : undefined;
}

/** The function metadata that `sam build` reads. */
interface Metadata {
  readonly BuildMethod?: string;
  readonly BuildProperties?: { readonly EntryPoints?: readonly unknown[] } | null;
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
