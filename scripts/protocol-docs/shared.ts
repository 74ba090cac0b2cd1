import { entry, problem, replies } from '../../functions/chat/protocol/replies';

/** The objects that several frames hold, by the names the documents give them. */
export const shared = {
  User: entry.shape.from,
  Member: replies.members.shape.members.def.element,
  Entry: entry,
  Problem: problem,
};
