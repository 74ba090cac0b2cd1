import { get } from './api.js';

/** @import { ConnectionLabels } from './types' */

/** Creates a function that loads the labels of the open connections, if they may have changed since the previous call. */
export function createLabelLoader() {
  let loaded = '';
  /**
   * @param {number | undefined} itemsVersion
   * @param {readonly string[]} openIds
   * @returns {Promise<Readonly<Record<string, ConnectionLabels>> | undefined>} undefined if they have not changed
   */
  return async function load(itemsVersion, openIds) {
    const current = [itemsVersion, ...openIds].join(' ');
    if (current === loaded) return undefined;
    const labels = await get('connection-labels');
    loaded = current;
    return labels;
  };
}

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
