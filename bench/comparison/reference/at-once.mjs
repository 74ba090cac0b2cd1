// Scans the connections and posts to all of them concurrently, like aws-samples/simple-websockets-chat-app.
import { endpointOf, post } from './post.mjs';
import { scanRoom } from './room.mjs';

export async function handler({ body, requestContext }) {
  const { room, data } = JSON.parse(body);
  const endpoint = endpointOf(requestContext);
  const connectionIds = await scanRoom(room);
  await Promise.all(connectionIds.map((connectionId) => post(endpoint, connectionId, data)));
  return { statusCode: 200 };
}
