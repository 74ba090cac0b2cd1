import { getOwnMember } from '../../json/own-member';
import type { Problems } from '../problems';
import { getMember, type Node, parseIntrinsic, toPlainValue } from '../yaml/node';

/**
 * The properties that SAM supports in Globals, by section, for the emulated resource types.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
 */
const SUPPORTED: Readonly<Record<string, readonly string[]>> = {
  Function: [
    ...[
      'Handler',
      'Runtime',
      'CodeUri',
      'DeadLetterQueue',
      'Description',
      'MemorySize',
      'Timeout',
      'VpcConfig',
    ],
    ...['Environment', 'Tags', 'PropagateTags', 'Tracing', 'KmsKeyArn', 'AutoPublishAlias'],
    ...['AutoPublishAliasAllProperties', 'Layers', 'DeploymentPreference', 'RolePath', 'PermissionsBoundary'],
    ...['ReservedConcurrentExecutions', 'ProvisionedConcurrencyConfig', 'AssumeRolePolicyDocument'],
    ...['EventInvokeConfig', 'FileSystemConfigs', 'CodeSigningConfigArn', 'Architectures', 'SnapStart'],
    ...['EphemeralStorage', 'FunctionUrlConfig', 'RuntimeManagementConfig', 'LoggingConfig', 'RecursiveLoop'],
    ...[
      'SourceKMSKeyArn',
      'TenancyConfig',
      'DurableConfig',
      'CapacityProviderConfig',
      'FunctionScalingConfig',
    ],
    ...['PublishToLatestPublished', 'VersionDeletionPolicy'],
  ],
  Api: [
    ...['Auth', 'Name', 'DefinitionUri', 'CacheClusterEnabled', 'CacheClusterSize', 'MergeDefinitions'],
    ...['Variables', 'EndpointConfiguration', 'MethodSettings', 'BinaryMediaTypes', 'Cors', 'Domain'],
    ...['MinimumCompressionSize', 'GatewayResponses', 'AccessLogSetting', 'CanarySetting', 'TracingEnabled'],
    ...['OpenApiVersion', 'AlwaysDeploy', 'PropagateTags', 'SecurityPolicy', 'EndpointAccessMode'],
  ],
  HttpApi: [
    ...['Auth', 'AccessLogSettings', 'StageVariables', 'Tags', 'CorsConfiguration', 'DefaultRouteSettings'],
    ...['Domain', 'RouteSettings', 'FailOnWarnings', 'PropagateTags'],
  ],
  SimpleTable: ['SSESpecification'],
  StateMachine: ['PropagateTags'],
  WebSocketApi: [
    ...[
      'AccessLogSettings',
      'ApiKeySelectionExpression',
      'DefaultRouteSettings',
      'DisableExecuteApiEndpoint',
    ],
    ...['DisableSchemaValidation', 'Domain', 'FailOnWarnings', 'IpAddressType', 'PropagateTags'],
    ...['RouteSelectionExpression', 'RouteSettings', 'StageVariables', 'Tags'],
  ],
};

/** The sections for unsupported resource types. The runtime ignores these sections, because it reports the resources. */
const IGNORED_SECTIONS = [...['LayerVersion', 'CapacityProvider', 'MicroVMImage', 'NetworkConnector']];

const PREFIX = 'AWS::Serverless::';

/** The lists that a resource replaces. A resource extends all other lists. */
const REPLACED_LISTS = ['Function.Architectures'];

/** Validates the Globals section and merges it into resources. */
export class Globals {
  constructor(
    private readonly declared: Node | undefined,
    private readonly problems: Problems,
  ) {
    if (declared?.kind !== 'map') return;
    for (const [section, properties] of declared.entries) this.checkSection(section, properties);
  }

  /**
   * Merges the globals of a type into the properties of a resource. Merges maps, appends lists, and replaces other values.
   * Intrinsic functions are not evaluated yet, and are also replaced. `ignored` is the resource attribute IgnoreGlobals: `*` or
   * a list of properties.
   */
  merge(type: string, properties: Node | undefined, ignored: Node | undefined): Node | undefined {
    const section = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : '';
    const globals = this.omitIgnored(getMember(this.declared, section), ignored);
    if (!globals) return properties;
    return properties ? mergeNodes(globals, properties, section) : globals;
  }

  private omitIgnored(globals: Node | undefined, ignored: Node | undefined): Node | undefined {
    if (globals?.kind !== 'map' || !ignored) return globals;
    const names = toPlainValue(ignored);
    if (names === '*') return undefined;
    if (!Array.isArray(names) || names.some((name) => !globals.entries.has(name))) {
      this.problems.add(
        ignored.location,
        'must be "*" or a list of properties that the Globals section sets',
      );
      return globals;
    }
    return { ...globals, entries: new Map([...globals.entries].filter(([key]) => !names.includes(key))) };
  }

  private checkSection(section: string, properties: Node): void {
    const supported = getOwnMember(SUPPORTED, section);
    if (!supported) {
      if (IGNORED_SECTIONS.includes(section)) return;
      this.problems.add(properties.location, `SAM does not support the section ${section} in Globals`);
    } else if (properties.kind !== 'map') {
      this.problems.add(properties.location, 'must be a map');
    } else {
      for (const [key, { location }] of properties.entries) {
        if (!supported.includes(key))
          this.problems.add(location, `SAM does not support ${key} in Globals.${section}`);
      }
    }
  }
}

function mergeNodes(global: Node, local: Node, path: string): Node {
  if (global.kind === 'list' && local.kind === 'list' && !REPLACED_LISTS.includes(path)) {
    return { ...local, items: [...global.items, ...local.items] };
  }
  if (global.kind !== 'map' || local.kind !== 'map' || parseIntrinsic(global) || parseIntrinsic(local))
    return local;
  const entries = new Map(global.entries);
  for (const [key, value] of local.entries) {
    const inherited = global.entries.get(key);
    entries.set(key, inherited ? mergeNodes(inherited, value, `${path}.${key}`) : value);
  }
  return { ...local, entries };
}
