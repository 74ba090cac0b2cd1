/** @import { FrameConnection, FrameView } from './types' */

/** The longest pause. Longer pauses are shortened, because a person who types is slow. */
const MAX_PAUSE_MILLIS = 2000;

/**
 * Writes a Node.js script that connects like a recorded connection and repeats the frames of its client.
 *
 * @param {FrameConnection} connection
 * @param {readonly FrameView[]} frames oldest first
 * @param {string} origin such as `ws://localhost:3000`
 */
export function createScript({ path, protocols }, frames, origin) {
  const received = frames.filter(({ kind }) => kind === 'in');
  const sent = received.filter(({ isCut, text }) => !isCut && text !== '');
  const cut = received.length - sent.length;
  const lines = sent.map(({ time, text }, index) => {
    const previous = sent[index - 1];
    const pause = previous ? Math.min(MAX_PAUSE_MILLIS, time - previous.time) : 0;
    return `  [${pause}, ${JSON.stringify(text)}],`;
  });
  return `// Repeats the frames of a WebSocket connection. Run it with Node.js: node frames.mjs
// Node.js 20 needs the option --experimental-websocket.
const socket = new WebSocket(${JSON.stringify(origin + path)}, ${JSON.stringify(protocols)});
const wait = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

// The pause in milliseconds before each frame, and the frame.
${cut > 0 ? `// ${cut} long frames were not recorded completely and are missing.\n` : ''}const frames = [
${lines.join('\n')}
];

socket.addEventListener('message', ({ data }) => console.log('<', data));
socket.addEventListener('error', () => console.error('The connection failed.'));
socket.addEventListener('close', ({ code, reason }) => console.log('Closed:', code, reason));
socket.addEventListener('open', async () => {
  for (const [pause, frame] of frames) {
    await wait(pause);
    console.log('>', frame);
    socket.send(frame);
  }
  await wait(${MAX_PAUSE_MILLIS}); // for the last replies
  socket.close();
});
`;
}
