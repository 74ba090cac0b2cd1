import { isObject } from '../../core/service';

/** Formats the claims of a token as API Gateway does: converts all claims to strings, and lists to the form `[a b]`. */
export function formatClaims(claims: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, toText(value)]));
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toText).join(' ')}]`;
  return isObject(value) ? JSON.stringify(value) : String(value);
}
