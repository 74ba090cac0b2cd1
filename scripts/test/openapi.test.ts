import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';
import { parseServerRequest, type ServerOperation } from '../../chat/protocol/server-requests';
import { serve } from '../../chat/server-api/serve';
import { createMemoryBackend } from '../../testbed/memory';
import { resourcesOf, root } from '../../testbed/template';

const path = join(root, 'docs/openapi.yaml');
const document = parse(readFileSync(path, 'utf8'));

interface Operation {
  operationId: string;
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema: object; $ref?: string }[];
  requestBody?: { required: boolean; content: { 'application/json': { schema: object } } };
  responses: Record<string, { content: { 'application/json': { schema: object } } }>;
}

const operations = new Map<string, Operation>();
for (const [route, methods] of Object.entries<Record<string, Operation>>(document.paths))
  for (const [method, operation] of Object.entries(methods))
    operations.set(`${method.toUpperCase()} ${route}`, operation);

function findOperation(id: ServerOperation): Operation {
  const found = [...operations.values()].find(({ operationId }) => operationId === id);
  if (!found) throw new Error(`openapi.yaml has no operation ${id}.`);
  return found;
}

// OpenAPI 3.1 uses JSON Schema 2020-12. The validator does not check formats, because the schemas use patterns.
const Ajv = createRequire(require.resolve('@asyncapi/parser'))('ajv/dist/2020').default;
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'openapi', ...document });

function accepts(schema: object, value: unknown): boolean {
  const resolved = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'));
  return ajv.validate(resolved, value) as boolean;
}

describe('openapi.yaml', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const result = await new Validator().validate(path);
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('fails validation if a response has no description', async () => {
    const broken = structuredClone(document);
    delete broken.components.responses.problem.description;
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('contains exactly the routes of the HTTP API, with their authorization', () => {
    const routes = Object.values(resourcesOf(join(root, 'template.yaml')))
      .filter(({ Type }) => Type === 'AWS::Serverless::Function')
      .flatMap(({ Properties }) => Object.values((Properties?.Events ?? {}) as Record<string, HttpApiEvent>))
      .filter(({ Type }) => Type === 'HttpApi')
      .map(({ Properties: { Method, Path, Auth } }) => [
        `${Method} ${Path}`,
        Auth?.Authorizer === 'AWS_IAM' ? 'iam' : 'broadcastKey',
      ]);
    const documented = [...operations].map(([route, { security }]) => [
      route,
      Object.keys(security[0] ?? {})[0],
    ]);
    expect(documented.sort()).toEqual(routes.sort());
    expect(new Set(documented.map(([, scheme]) => scheme))).toEqual(
      new Set(Object.keys(document.components.securitySchemes)),
    );
  });

  it('has a description of each operation, parameter and field', () => {
    for (const { operationId, ...operation } of operations.values()) {
      expect([operationId, operation]).toEqual([
        operationId,
        expect.objectContaining({ summary: expect.stringMatching(/\.$/) }),
      ]);
      expect([operationId, findUndescribed(operation)]).toEqual([operationId, []]);
    }
  });
});

describe('operations of openapi.yaml', () => {
  const room = '483920117';
  const userId = 'g-3xQ0yJ6m1VtWcKfE8sPzLA';

  it.each<[ServerOperation, Record<string, unknown>, boolean]>([
    ['createRoom', {}, true],
    ['createRoom', { name: 'Tea', topic: '', slowModeSeconds: 0, kind: 'invite', owner: userId }, true],
    ['createRoom', { kind: 'direct' }, false],
    ['createRoom', { name: '' }, false],
    ['createRoom', { owner: 'ada' }, false],
    ['configureRoom', { room, topic: 'Kettle' }, true],
    ['configureRoom', { room, slowModeSeconds: 21_601 }, false],
    ['configureRoom', { topic: 'Kettle' }, false],
    ['sendMessage', { room: 'lobby', text: 'hi', username: 'Orders' }, true],
    ['sendMessage', { room, text: 'hi', clientMsgId: '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11' }, true],
    ['sendMessage', { room }, false],
    ['sendMessage', { room, text: 'hi', username: ' ' }, false],
    ['sendMessage', { room: '@everyone', text: 'hi' }, false],
    ['readHistory', { room, after: 0, limit: 100 }, true],
    ['readHistory', { room, limit: 101 }, false],
    ['readHistory', { room, before: -1 }, false],
    ['listMembers', { room, cursor: 'x'.repeat(256) }, true],
    ['listMembers', { room, cursor: 'x'.repeat(257) }, false],
    ['kickUser', { room, userId }, true],
    ['kickUser', { room }, false],
    ['banUser', { room, userId, seconds: 1 }, true],
    ['banUser', { room, userId, seconds: 0 }, false],
    ['unbanUser', { room, userId: 'u-1' }, true],
    ['createInvite', { room, uses: 1000, role: 'reader' }, true],
    ['createInvite', { room, role: 'admin' }, false],
    ['listInvites', { room }, true],
    ['revokeInvite', { room, inviteId: 'x'.repeat(43) }, true],
    ['revokeInvite', { room, inviteId: 'x' }, false],
    ['deleteMessage', { room, seq: 1 }, true],
    ['deleteMessage', { room, seq: 1.5 }, false],
    ['disconnectUser', { userId }, true],
    ['disconnectUser', { userId: 'a b' }, false],
    ['exportUser', { userId, cursor: 'x'.repeat(22) }, true],
    ['exportUser', { userId, cursor: 'x' }, false],
    ['eraseUser', { userId }, true],
    ['eraseUser', { userId: 's-system' }, false],
  ])('validates the %s request %j like the code (accepted: %s)', (id, fields, expected) => {
    const { parameters = [], requestBody } = findOperation(id);
    const declared = parameters.filter(({ $ref }) => !$ref);
    const isDeclared = (name: string) => declared.some((parameter) => parameter.name === name);
    const body = Object.fromEntries(Object.entries(fields).filter(([name]) => !isDeclared(name)));
    const validParameters = declared.every(({ name, required, schema }) =>
      fields[name] === undefined ? !required : accepts(schema, fields[name]),
    );
    const validBody = requestBody
      ? accepts(requestBody.content['application/json'].schema, body)
      : Object.keys(body).length === 0;
    expect(validParameters && validBody).toBe(expected);

    const given = declared.filter(({ name }) => fields[name] !== undefined);
    const path = Object.fromEntries(given.map(({ name }) => [name, String(fields[name])]));
    const read = () =>
      parseServerRequest(id, { path, query: {}, body: Buffer.from(JSON.stringify(requestBody ? body : {})) });
    if (expected) expect(() => read()).not.toThrow();
    else expect(read).toThrow();
  });

  it('has schemas that match the replies of the code', async () => {
    const { deps } = createMemoryBackend();
    const call = async <O extends ServerOperation>(id: O, request: Parameters<typeof serve<O>>[2]) => {
      const { statusCode, body } = await serve(deps, id, request);
      const schema = findOperation(id).responses[statusCode]?.content['application/json'].schema as {
        properties: object;
      };
      const reply = JSON.parse(JSON.stringify(body));
      expect([id, accepts(schema, reply), reply]).toEqual([id, true, reply]);
      expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(reply)));
      return reply;
    };
    const { room } = await call('createRoom', { name: 'Tea', kind: 'invite' });
    await call('configureRoom', { room, slowModeSeconds: 5 });
    await call('sendMessage', { room, text: 'hi', clientMsgId: '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11' });
    await call('readHistory', { room });
    await call('listMembers', { room });
    await call('banUser', { room, userId, seconds: 1 });
    await call('unbanUser', { room, userId });
    await call('kickUser', { room, userId });
    const { inviteId } = await call('createInvite', { room });
    await call('listInvites', { room });
    await call('revokeInvite', { room, inviteId });
    await call('deleteMessage', { room, seq: 1 });
    await call('disconnectUser', { userId });
    await call('exportUser', { userId });
    await call('eraseUser', { userId });
  });
});

interface HttpApiEvent {
  Type: string;
  Properties: { Method: string; Path: string; Auth?: { Authorizer: string } };
}

/** Returns the names of parameters and properties without a description. */
function findUndescribed(value: unknown, name = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { properties = {}, in: location, ...rest } = value as { properties?: object; in?: string };
  const isParameter = location !== undefined;
  const own = isParameter && !('description' in rest) ? [name] : [];
  const fields = Object.entries(properties).flatMap(([field, schema]) =>
    (schema as { description?: string }).description ? findUndescribed(schema, field) : [field],
  );
  return [...own, ...fields, ...Object.entries(rest).flatMap(([key, part]) => findUndescribed(part, key))];
}
