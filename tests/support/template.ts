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
