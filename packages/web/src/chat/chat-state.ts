import type { RoomState } from './room-state';

export type Connection = 'connecting' | 'online' | 'catching-up' | 'offline';

/** Everything that is shown. */
export interface ChatState {
  view: 'start' | 'entering' | 'room';
  connection: Connection;
  /** What went wrong, for the start page to say. */
  problem?: string;
  /** The room that was asked for and is not there. */
  unknown?: string;
  /** The room that was just left. */
  left?: string;
  room?: RoomState;
  /** Bytes of UTF-8 that a message may have. */
  textBytes: number;
}

export const AT_FIRST: ChatState = { view: 'start', connection: 'connecting', textBytes: 4096 };
