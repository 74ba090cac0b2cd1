/** @import { ConnectionLabels } from './types' */

/**
 * Describes the user and the rooms of a connection: `Ada · lobby, 288481410`. Empty if the application has stored neither.
 *
 * @param {ConnectionLabels | undefined} labels
 */
export function formatLabels({ users: [user], rooms } = { users: [], rooms: [] }) {
  return [user, rooms.join(', ')].filter(Boolean).join(' · ');
}

/**
 * Returns all values of the labels, such as a user's name and ID.
 *
 * @param {ConnectionLabels | undefined} labels
 */
export function listLabels({ users, rooms } = { users: [], rooms: [] }) {
  return [...users, ...rooms];
}
