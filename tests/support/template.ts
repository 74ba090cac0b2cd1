import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(__dirname, '..', '..');

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
}

export interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** A section of a template as it is written, its short intrinsics read as plain values. */
export function resourcesOf(file: string, section = 'Resources'): Record<string, Resource> {
  return parse(readFileSync(file, 'utf8'), { logLevel: 'silent' })[section];
}

/** The statements of a SAM resource's inline policies. */
export function statementsOf(properties: Record<string, unknown> | undefined): Statement[] {
  const policies = (properties?.Policies ?? []) as { Statement?: Statement[] }[];
  return policies.flatMap(({ Statement = [] }) => Statement);
}

/** @throws Error if the resource, or its property, is not there */
export function propertyOf<T = object>(resource: Resource | undefined, key: string): T {
  const value = resource?.Properties?.[key];
  if (value === undefined) throw new Error(`there is no property ${key}`);
  return value as T;
}

/** The WebSocket API's origin, as the policy of the page names it: API Gateway's address, to be filled in by AWS. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
export const API_ORIGIN = 'wss://${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}';

/** The Content-Security-Policy that the template puts on the hosted page, with its placeholders. */
export function pagePolicy(file: string): string {
  const { SecurityHeadersConfig } = propertyOf<{
    SecurityHeadersConfig: { ContentSecurityPolicy: { ContentSecurityPolicy: string } };
  }>(resourcesOf(file).WebHeaders, 'ResponseHeadersPolicyConfig');
  return SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy.trim();
}
