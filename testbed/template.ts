import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(__dirname, '..');

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
}

export interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** Parses a section of a template. Reads short forms of intrinsic functions (!Ref, !Sub) as plain values. */
export function resourcesOf(file: string, section = 'Resources'): Record<string, Resource> {
  return parse(readFileSync(file, 'utf8'), { logLevel: 'silent' })[section];
}

/** Returns the statements of a SAM resource's inline policies. */
export function statementsOf(properties: Record<string, unknown> | undefined): Statement[] {
  const policies = (properties?.Policies ?? []) as { Statement?: Statement[] }[];
  return policies.flatMap(({ Statement = [] }) => Statement);
}

/** Returns a property of a resource. @throws Error if the resource or the property is missing */
export function propertyOf<T = object>(resource: Resource | undefined, key: string): T {
  const value = resource?.Properties?.[key];
  if (value === undefined) throw new Error(`The property ${key} is missing.`);
  return value as T;
}

/** The CloudFormation placeholder for the origin of the WebSocket API in the page's policy. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation placeholder
export const API_ORIGIN = '${WebSocketOrigin}';

/** Returns the Content-Security-Policy of the web page from its template, with its placeholder. */
export function pagePolicy(): string {
  const { SecurityHeadersConfig } = propertyOf<{
    SecurityHeadersConfig: { ContentSecurityPolicy: { ContentSecurityPolicy: [string, object] } };
  }>(resourcesOf(join(root, 'web-page.yaml')).WebHeaders, 'ResponseHeadersPolicyConfig');
  return SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy[0].trim();
}
