// Responds like the services that `sendmessage` and `post` call, over TLS, and prints its port.
// Usage: node services.mjs KEY CERTIFICATE ITEMS, where ITEMS is JSON: the items of each table that BatchGetItem returns.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const MAX_LATENCY_MS = 6;

const [key, cert, items] = process.argv.slice(2);
const responses = {
  BatchGetItem: { Responses: marshallTables(JSON.parse(items)) },
  UpdateItem: { Attributes: marshall({ shards: 1, seq: 8, lastTs: 1, expiresAt: 1 }) },
  PutItem: {},
  PutEvents: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] },
};

function marshallTables(tables) {
  const entries = Object.entries(tables).map(([table, rows]) => [table, rows.map(marshall)]);
  return Object.fromEntries(entries);
}

function marshall(item) {
  const toAttribute = (value) => (typeof value === 'number' ? { N: String(value) } : { S: value });
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));
}

const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
  const [, action] = String(request.headers['x-amz-target']).split('.');
  const body = JSON.stringify(responses[action] ?? {});
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length };
  const respond = () => response.writeHead(200, headers).end(body);
  request.resume().on('end', () => setTimeout(respond, 1 + Math.random() * (MAX_LATENCY_MS - 1)));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
