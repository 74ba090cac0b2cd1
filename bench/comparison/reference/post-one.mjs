// Posts a message to one connection.
import { post } from './post.mjs';

export async function handler({ endpoint, connectionId, text }) {
  await post(endpoint, connectionId, text);
}
