import { entry, problem, replies } from '../../chat/protocol/replies';

/** Objects that several frames contain, by their names in the documents. */
export const shared = {
  User: entry.shape.from,
  Member: replies.members.shape.members.def.element,
  Ban: replies.members.shape.bans.def.innerType.def.element,
  Invite: replies.invites.shape.invites.def.element,
  Entry: entry,
  Problem: problem,
};
