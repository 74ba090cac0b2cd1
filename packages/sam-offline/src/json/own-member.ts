/**
 * Returns an own property of an object, and ignores inherited properties. A name from a template or a request can be the name
 * of an inherited property, such as `constructor`.
 */
export function getOwnMember<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
