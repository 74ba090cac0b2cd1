import type { Problems } from './problems';
import { createScalar, type Node, type SourceLocation } from './yaml/node';

/** Matches dynamic references: `{{resolve:SERVICE:REFERENCE}}`. */
const REFERENCE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}/g;

/** The user's values for Systems Manager parameters and secrets, by name. */
export type GivenValues = Readonly<Record<string, string>>;

export type ValueKind = 'parameter' | 'secret';

/** Returns the value of a parameter or secret in the template, by name or ARN. */
type FindDeclared = (kind: ValueKind, id: string) => string | undefined;

/**
 * Resolves Systems Manager parameters and secrets for dynamic references and for parameters of the type
 * `AWS::SSM::Parameter::Value<…>`. Uses the user's values and, for dynamic references, the values in the template. If there is
 * no value, reports the reference and uses a placeholder.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export class ResolvedValues {
  constructor(
    private readonly given: GivenValues,
    private readonly problems: Problems,
  ) {}

  /** Returns the value of a Systems Manager parameter. The name can contain a version or label, for example `NAME:3`. */
  resolveParameter(reference: string, location: SourceLocation, findDeclared?: FindDeclared): string {
    const name = reference.replace(/:[^:/]+$/, '');
    return this.find('parameter', name, findDeclared) ?? this.reportMissing('parameter', name, location);
  }

  /** Replaces the dynamic references in all strings of a value. */
  resolveReferences(node: Node, findDeclared: FindDeclared): Node {
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item) => this.resolveReferences(item, findDeclared)) };
    if (node.kind === 'map') {
      const entries = [...node.entries].map(
        ([key, value]) => [key, this.resolveReferences(value, findDeclared)] as const,
      );
      return { ...node, entries: new Map(entries) };
    }
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || !node.value.includes('{{resolve:'))
      return node;
    const { location } = node;
    const text = node.value.replace(REFERENCE, (_, service: string, reference: string) =>
      service === 'secretsmanager'
        ? this.resolveSecret(reference, location, findDeclared)
        : this.resolveParameter(reference, location, findDeclared),
    );
    return createScalar(location, text);
  }

  /** Returns the value of a secret, or a member of the value for `ID:SecretString:MEMBER`. The ID can be an ARN. */
  private resolveSecret(reference: string, location: SourceLocation, findDeclared: FindDeclared): string {
    const [, id = '', member = ''] =
      /^((?:arn:(?:[^:]*:){5})?[^:]+)(?::SecretString(?::([^:]*))?)?/.exec(reference) ?? [];
    const name = id.replace(/^arn:.*:secret:(.*)-\w{6}$/, '$1');
    const secret = this.find('secret', id, findDeclared) ?? this.find('secret', name, findDeclared);
    if (secret === undefined) return this.reportMissing('secret', name, location);
    if (member === '') return secret;
    return readMember(secret, member) ?? this.reportMissing('secret', `${name} (${member})`, location);
  }

  private find(kind: ValueKind, name: string, findDeclared?: FindDeclared): string | undefined {
    return Object.hasOwn(this.given, name) ? this.given[name] : findDeclared?.(kind, name);
  }

  private reportMissing(kind: ValueKind, name: string, location: SourceLocation): string {
    const placeholder = this.problems.addPlaceholder(`placeholder-${name}`);
    this.problems.report(
      'unsupported',
      location,
      `The ${kind} ${name} has no value here. Pass --parameter ${name}=VALUE. Until then, it is ${placeholder}`,
    );
    return placeholder;
  }
}

/** Returns a member of a JSON secret, or undefined if the secret has no such member. */
function readMember(secret: string, member: string): string | undefined {
  try {
    const value: unknown = JSON.parse(secret)[member];
    return value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}
