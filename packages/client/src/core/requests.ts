import type { Action, Connection, PendingRequest, State } from './types';

/** Adds a request to the queue. `flush` sends it. */
export function enqueue(
  state: State,
  action: Action,
  fields: PendingRequest['fields'],
  more: Partial<PendingRequest> = {},
): PendingRequest {
  const request: PendingRequest = { id: String(++state.lastId), action, fields, attempts: 0, ...more };
  state.pending.set(request.id, request);
  return request;
}

export function connections({ current, next, previous }: State): Connection[] {
  return [current, next, previous].filter((connection) => connection !== undefined);
}

export function findConnection(state: State, socket: number | undefined): Connection | undefined {
  return connections(state).find((connection) => connection.socket === socket);
}

/** Returns whether a request of this kind is queued for the socket or awaits its reply there. */
export function isPending(state: State, action: Action, socket: number, room?: string): boolean {
  return [...state.pending.values()].some(
    (request) => request.action === action && request.boundTo === socket && request.fields.room === room,
  );
}

/**
 * Returns the ordering key of a request. Requests with the same key are sent one at a time to keep their order: the messages of
 * a room, and the changes of one emoji of a message. Other requests have no key.
 */
export function orderKey({ action, fields }: Pick<PendingRequest, 'action' | 'fields'>): string | undefined {
  const isOrdered = action === 'sendmessage' || action === 'react';
  return isOrdered ? JSON.stringify([action, fields.room, fields.seq, fields.emoji]) : undefined;
}

/** Checks that a connection is alive and requests the head sequences of its rooms. */
export function ping(state: State, connection: Connection | undefined, isHeartbeat = false): void {
  if (!connection?.isOpen || isPending(state, 'ping', connection.socket)) return;
  const joined = [...state.rooms.values()].filter(({ joinedOn }) => joinedOn.has(connection.socket));
  const lastSeqs = new Map(joined.map(({ room, lastSeq }) => [room, lastSeq]));
  enqueue(state, 'ping', {}, { boundTo: connection.socket, lastSeqs, isHeartbeat });
}
