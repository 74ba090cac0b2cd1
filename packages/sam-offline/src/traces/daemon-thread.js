/**
 * The worker thread of `daemon.ts`. It is plain JavaScript, so that it runs without a compiler. Posts the port first, then
 * arrays of documents in the order received. Documents are posted in arrays because each message between threads has an
 * overhead.
 */
const { createSocket } = require('node:dgram');
const { parentPort } = require('node:worker_threads');

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const BATCH_DELAY_MS = 10;

const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
let documents = [];

socket.on('message', (datagram) => {
  const end = datagram.indexOf('\n');
  if (end < 0) return;
  if (documents.push(datagram.toString('utf8', end + 1)) > 1) return;
  setTimeout(() => {
    parentPort.postMessage(documents);
    documents = [];
  }, BATCH_DELAY_MS);
});

socket.bind(0, '127.0.0.1', () => parentPort.postMessage(socket.address().port));
