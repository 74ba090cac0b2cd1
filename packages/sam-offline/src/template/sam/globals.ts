import type { Problems } from '../problems';
import { intrinsic, member, type Node, plain } from '../yaml/node';

/**
 * The properties SAM lets the Globals section set, by section, for the resource types this runtime runs.
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
  HttpApi: [
    ...['Auth', 'AccessLogSettings', 'StageVariables', 'Tags', 'CorsConfiguration', 'DefaultRouteSettings'],
    ...['Domain', 'RouteSettings', 'FailOnWarnings', 'PropagateTags'],
  ],
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

/** SAM's sections for resource types this runtime does not run: such a resource is refused itself. */
const ELSEWHERE = [
  ...['Api', 'SimpleTable', 'LayerVersion', 'CapacityProvider', 'MicroVMImage', 'NetworkConnector'],
];

const PREFIX = 'AWS::Serverless::';

/** Lists that a resource replaces instead of adding to. */
const REPLACED = ['Function.Architectures'];

/** The Globals section of a SAM template. */
export class Globals {
  constructor(
    private readonly declared: Node | undefined,
    private readonly problems: Problems,
  ) {
    if (declared?.kind !== 'map') return;
    for (const [section, properties] of declared.entries) this.check(section, properties);
  }

  /**
   * A resource's properties with the globals of its type merged in, before any intrinsic function is evaluated:
   * maps are merged, lists appended to the global ones, everything else replaces. A function counts as a plain
   * value. The resource attribute IgnoreGlobals (`*` or a list) leaves globals out.
   */
  merge(type: string, properties: Node | undefined, ignored: Node | undefined): Node | undefined {
    const section = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : '';
    const globals = this.without(member(this.declared, section), ignored);
    if (!globals) return properties;
    return properties ? mergeNodes(globals, properties, section) : globals;
  }

  private without(globals: Node | undefined, ignored: Node | undefined): Node | undefined {
    if (globals?.kind !== 'map' || !ignored) return globals;
    const names = plain(ignored);
    if (names === '*') return undefined;
    if (!Array.isArray(names) || names.some((name) => !globals.entries.has(name))) {
      this.problems.add(
        ignored.place,
        'IgnoreGlobals takes "*" or a list of properties of the Globals section',
      );
      return globals;
    }
    return { ...globals, entries: new Map([...globals.entries].filter(([key]) => !names.includes(key))) };
  }

  private check(section: string, properties: Node): void {
    const supported = SUPPORTED[section];
    if (!supported) {
      if (ELSEWHERE.includes(section)) return;
      this.problems.add(properties.place, `SAM has no Globals section ${section}`);
    } else if (properties.kind !== 'map') {
      this.problems.add(properties.place, 'must be a map');
    } else {
      for (const [key, { place }] of properties.entries) {
        if (!supported.includes(key))
          this.problems.add(place, `SAM does not take ${key} from Globals.${section}`);
      }
    }
  }
}

function mergeNodes(global: Node, local: Node, path: string): Node {
  if (global.kind === 'list' && local.kind === 'list' && !REPLACED.includes(path)) {
    return { ...local, items: [...global.items, ...local.items] };
  }
  if (global.kind !== 'map' || local.kind !== 'map' || intrinsic(global) || intrinsic(local)) return local;
  const entries = new Map(global.entries);
  for (const [key, value] of local.entries) {
    const inherited = global.entries.get(key);
    entries.set(key, inherited ? mergeNodes(inherited, value, `${path}.${key}`) : value);
  }
  return { ...local, entries };
}
