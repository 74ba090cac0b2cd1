// The functions that scenarios call. Artillery's `capture` is not used: it reads the first frame that arrives, which can be
// a push. These functions match replies to requests by `id`.
export { listenForBroadcasts, reportLostBroadcasts, sendBroadcastIfFirst } from './broadcasts.mjs';
export { waitForEveryone } from './crowd.mjs';
export { connectPlain, connectV1, recordHandshake, requestHelp } from './handshake.mjs';
export {
  dropConnection,
  joinRoom,
  reportLostMessages,
  resumeRoom,
  sendIfFirst,
  sendMessage,
  sendOnSchedule,
} from './room.mjs';
