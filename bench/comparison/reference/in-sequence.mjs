// Scans the connections and posts to them one after another.
import { endpointOf, post } from './post.mjs';
import { scanRoom } from './room.mjs';

export async function handler({ body, requestContext }) {
  const { room, data } = JSON.parse(body);
  const endpoint = endpointOf(requestContext);
  for (const connectionId of await scanRoom(room)) await post(endpoint, connectionId, data);
  return { statusCode: 200 };
}
