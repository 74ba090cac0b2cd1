// What the scenarios' flows call. Artillery's own capture judges the first frame that arrives, which in a chat is
// anybody's: replies are told from pushes here, by their id.
export { accountForBroadcasts, broadcastIfFirst, listen } from './broadcast.mjs';
export { answersPing, connectPlain, connectV1, opened } from './connect.mjs';
export { waitForEveryone } from './crowd.mjs';
export {
  account,
  enterRoom,
  loseConnection,
  resume,
  say,
  sayInTime,
  speakIfFirst,
} from './room.mjs';
