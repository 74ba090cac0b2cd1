import type { ConnectionInfo } from './aws/api-gateway/connections-api';
import { known } from './chat/admission';
import { ProblemError } from './chat/problems';
import { parseFrame } from './chat/protocol/frames';
import { sockets, stores } from './handlers/dependencies';
import { route } from './handlers/websocket';

const { connections } = stores();
const api = sockets();

/** `$default`: whatever no route takes. Plain connections are told how to send, and who they are. */
export const handler = route(api, async ({ connectionId, body }) => {
  const connection = known(await connections.find(connectionId));
  if (connection.protocol === 'roomcast.v1') {
    parseFrame(body);
    throw new ProblemError('invalid-frame', 'The frame has no action that is known here.');
  }
  const info = await api.info(connectionId);
  return info && explanation(connectionId, info);
});

/** The words of AWS's tutorials, with this connection's own values in their order. */
function explanation(connectionID: string, info: ConnectionInfo): string {
  const details = {
    ConnectedAt: info.connectedAt,
    Identity: { SourceIp: info.sourceIp, UserAgent: info.userAgent },
    LastActiveAt: info.lastActiveAt,
    connectionID,
  };
  return `Use the sendmessage route to send a message. Your info: ${JSON.stringify(details)}`;
}
