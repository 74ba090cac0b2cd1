export type { MembersState, RoomMember } from './member-store';
export type { MessagesState } from './message-store';
export type { RoomState, UseRoomOptions } from './room-store';
export { useMembers } from './use-members';
export { useMessages } from './use-messages';
export { useRoom } from './use-room';
