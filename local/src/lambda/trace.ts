import { randomUUID } from 'node:crypto';

/**
 * The value of `_X_AMZN_TRACE_ID` for one invocation: `Root=…;Parent=…;Sampled=…`.
 *
 * With Active tracing a call that carries no decision is sampled; with PassThrough it is not. A root or parent
 * that is missing is made, as Lambda's own segment would.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function traceHeaderFor(tracing: 'Active' | 'PassThrough', incoming?: string): string {
  const fields = parse(incoming ?? '');
  const root = fields.get('Root') ?? newRoot();
  const parent = fields.get('Parent') ?? hex(16);
  const decided = fields.get('Sampled');
  const sampled = decided === '0' || decided === '1' ? decided : tracing === 'Active' ? '1' : '0';
  const lineage = fields.get('Lineage');
  return `Root=${root};Parent=${parent};Sampled=${sampled}${lineage ? `;Lineage=${lineage}` : ''}`;
}

function newRoot(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `1-${seconds}-${hex(24)}`;
}

/** Node.js keeps random bytes for UUIDs in store; asking for a few at a time costs ten times as much. */
function hex(digits: number): string {
  return randomUUID().replaceAll('-', '').slice(-digits);
}

function parse(header: string): Map<string, string> {
  const fields = header.split(';').map((part) => part.trim());
  return new Map(
    fields.flatMap((field) => {
      const at = field.indexOf('=');
      return at > 0 ? [[field.slice(0, at), field.slice(at + 1)] as const] : [];
    }),
  );
}
