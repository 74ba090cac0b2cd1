import type { PropertyMap } from './property-map';
import type { Stack } from './stack/stack';

/**
 * Returns the ARN of a resource in the template. If the resource does not exist or does not have one of the given types,
 * reports the value and returns undefined.
 */
export function requireArn(
  properties: PropertyMap,
  key: string,
  types: readonly string[],
  stack: Stack,
): string | undefined {
  properties.requireKey(key);
  const arn = properties.getString(key);
  if (arn === undefined) return undefined;
  const resource = stack.findByArn(arn);
  if (resource && types.includes(resource.type)) return resource.getAttribute('Arn') ?? arn;
  properties.report(
    'unsupported',
    `must be the ARN of an ${types.join(' or ')} of the template, but is ${arn}`,
    key,
  );
  return undefined;
}
