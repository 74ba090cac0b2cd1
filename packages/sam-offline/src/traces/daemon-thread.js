/**
 * The thread of `daemon.ts`: plain JavaScript, so that it needs no compiler to start. Tells its port, then documents in
 * the order they came, several at a time: each message costs the receiving thread more than a document does.
 */
const { createSocket } = require('node:dgram');
const { parentPort } = require('node:worker_threads');

const BUFFER_BYTES = 4 * 1024 * 1024;
const WAIT_MILLIS = 10;

const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES });
let documents = [];

socket.on('message', (datagram) => {
  const end = datagram.indexOf('\n');
  if (end < 0) return;
  if (documents.push(datagram.toString('utf8', end + 1)) > 1) return;
  setTimeout(() => {
    parentPort.postMessage(documents);
    documents = [];
  }, WAIT_MILLIS);
});

socket.bind(0, '127.0.0.1', () => parentPort.postMessage(socket.address().port));
