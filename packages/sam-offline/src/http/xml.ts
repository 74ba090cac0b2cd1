import { escapeHtml } from './escape-html';

/** Converts a value to XML. The elements of lists have the name `member`. */
export function toXml(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  if (typeof value !== 'object' || value === null) return escapeHtml(String(value ?? ''));
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${toXml(member)}</${name}>`)
    .join('');
}

/** Formats a response of the AWS query protocol. */
export function formatQueryResponse(
  action: string,
  namespace: string,
  output: object,
  requestId: string,
): string {
  const members = { [`${action}Result`]: output, ResponseMetadata: { RequestId: requestId } };
  return `<${action}Response xmlns="${namespace}">${toXml(members)}</${action}Response>`;
}
