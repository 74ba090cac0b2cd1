import { createSocket } from 'node:dgram';
import type { Subsegment } from './subsegment';

const HEADER = '{"format":"json","version":1}\n';

/** X-Ray rejects larger documents, and UDP does not transport them. */
const MAX_BYTES = 64_000;

/** Sends a subsegment with its children to X-Ray, as a child of the segment `parentId`. */
export type SendSubsegment = (subsegment: Subsegment, traceId: string, parentId: string) => void;

/**
 * Sends documents to an X-Ray daemon, which Lambda provides at `AWS_XRAY_DAEMON_ADDRESS`. Loses documents that cannot be
 * sent: tracing must not fail an invocation.
 *
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
 *
 * @param address IP address and port, for example `169.254.79.129:2000`
 */
export function createDaemonSender(address: string): SendSubsegment {
  const [host, port] = address.split(':');
  // A connected socket sends at once. Otherwise the document would be sent when the environment thaws.
  const socket = createSocket('udp4').unref().on('error', ignore);
  const sendNow = (document: string) => socket.send(HEADER + document, ignore);
  let send = (document: string): unknown => socket.once('connect', () => sendNow(document));
  try {
    socket.connect(Number(port), host, (error?: Error) => {
      send = error ? ignore : sendNow;
    });
  } catch {
    socket.close();
    return ignore; // the port is not valid
  }
  return (subsegment, traceId, parentId) => {
    for (const document of toDocuments(subsegment, traceId, parentId)) send(document);
  };
}

function ignore(): void {
  // Nothing to do: the document is lost.
}

/** Returns one document, or one per subsegment if it would be too large. */
export function toDocuments(subsegment: Subsegment, traceId: string, parentId: string): string[] {
  const place = { type: 'subsegment', trace_id: traceId, parent_id: parentId };
  const document = JSON.stringify({ ...place, ...subsegment });
  if (Buffer.byteLength(document) <= MAX_BYTES) return [document];
  const { subsegments = [], ...own } = subsegment;
  return [
    JSON.stringify({ ...place, ...own }),
    ...subsegments.flatMap((child) => toDocuments(child, traceId, subsegment.id)),
  ];
}
