import type { RoomState } from './room-state';
import type { RoomSummary } from './room-summary';

export type ConnectionStatus = 'connecting' | 'online' | 'catching-up' | 'offline';

/** The state that the page renders. */
export interface ChatState {
  view: 'start' | 'joining' | 'room';
  connection: ConnectionStatus;
  /** The error message on the start page. */
  problem?: string;
  /** An event in a room that is not shown. */
  notice?: string;
  /** The requested room, if the server did not find it. */
  missingRoom?: string;
  /** The requested room, if the server rejected the join, or the room from which a moderator banned the user. */
  refusedRoom?: string;
  /** The room that the user left last. */
  leftRoom?: string;
  /** The room that is shown. */
  room?: RoomState;
  /** The joined and the unopened rooms, by name. */
  rooms: readonly RoomSummary[];
  /** The maximum length of a message in UTF-8 bytes. */
  textBytes: number;
  /** Whether the server has typing indicators. */
  showsTyping: boolean;
  /** The key of push subscriptions, if the server sends notifications while the page is closed. */
  webPushKey?: string | undefined;
}

export const INITIAL_STATE: ChatState = {
  view: 'start',
  connection: 'connecting',
  rooms: [],
  textBytes: 4096,
  showsTyping: false,
};
