// A WebSocket server that sends each message to all connections in the sender's room. It runs in one process and uses no
// functions or tables.
import { WebSocketServer } from 'ws';

const rooms = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });

server.on('listening', () => console.log(`Ready on http://127.0.0.1:${server.address().port}`));
server.on('connection', (socket, { url }) => {
  const room = new URL(url, 'ws://localhost').searchParams.get('room');
  if (!rooms.has(room)) rooms.set(room, new Set());
  rooms.get(room).add(socket);
  socket.on('close', () => rooms.get(room).delete(socket));
  socket.on('message', (frame) => {
    const { data } = JSON.parse(frame);
    for (const member of rooms.get(room)) member.send(data);
  });
});
process.on('SIGTERM', () => process.exit());
