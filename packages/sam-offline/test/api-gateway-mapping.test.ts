// biome-ignore-all lint/suspicious/noTemplateCurlyInString: API Gateway's syntax

import { readIdentitySource } from '../src/api-gateway/authorizers/identity-source';
import { mapParameters } from '../src/api-gateway/mapping/parameters';
import type { MappingRequest } from '../src/api-gateway/mapping/request';
import { mapRequest, mapResponse } from '../src/api-gateway/mapping/run';
import { renderTemplate } from '../src/api-gateway/mapping/template';
import type { IntegrationResponseModel } from '../src/api-gateway/model';
import { compileSelection, listVariables } from '../src/api-gateway/selection-expression';
import { mapped } from './support/websocket-api';

const request: MappingRequest = {
  body: JSON.stringify({
    action: 'add',
    item: { name: "Ada's", sizes: [1, 2] },
    none: null,
    'user-id': { 'x-y': 'z' },
  }),
  headers: { Authorization: 'secret' },
  query: { room: 'lobby' },
  context: { connectionId: 'abc=', identity: { sourceIp: '127.0.0.1' } },
  stageVariables: { table: 'Rooms' },
};
const render = (template: string, changes: Partial<MappingRequest> = {}) =>
  renderTemplate(template, { ...request, ...changes });

// docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
describe('Mapping templates', () => {
  it.each(['item.name', '$.item[?', 'x.item'])('rejects the path %s', (path) => {
    expect(() => render(`$input.path("${path}")`)).toThrow(/^The path '/);
  });

  it.each([
    ['$input.body', request.body],
    ["$input.json('$.item')", '{"name":"Ada\'s","sizes":[1,2]}'],
    ["$input.json('$.action')", '"add"'],
    ["$input.json('$.missing')", '""'],
    ["$input.path('$.item.sizes[1]')", '2'],
    ["$input.path('$').item.sizes.size()", '2'],
    ["$input.path('$.missing').deep", ''],
    [`$input.path("$.item['name']")`, "Ada's"],
    ["$input.path('$.item.sizes[*]')", '[1, 2]'],
    ["$input.path('$.item.sizes[?(@ > 1)]')", '[2]'],
    ["$input.path('$.user-id').size()$input.json('$.user-id.x-y')", '1"z"'],
    ["$input.params('room') $input.params('authorization')", 'lobby secret'],
    ["$input.params('missing')", ''],
    ["$input.params('constructor')", ''],
    [
      "#set($all = $input.params())$all.querystring.get('room') $all.header.keySet()",
      'lobby [Authorization]',
    ],
    ['$context.connectionId ${context.identity.sourceIp}', 'abc= 127.0.0.1'],
    ['[$context.authorizer.principalId]', '[]'],
    ['$stageVariables.table', 'Rooms'],
    ["$input.json('$.*.x-y')$input.json('$..x-y')", '["z"]["z"]'],
    ["$util.escapeJavaScript($input.path('$.item.name'))", "Ada\\'s"],
    ["[$util.escapeJavaScript($input.path('$').missing)]", '[]'],
    ["$util.base64Decode($util.base64Encode('a b'))", 'a b'],
    ["$util.urlDecode($util.urlEncode('a b&c'))", 'a b&c'],
    ["$util.urlEncode('a b&c')", 'a+b%26c'],
    ['$util.parseJson(\'{"a":{"b":1}}\').a.b', '1'],
    ["#foreach($size in $input.path('$.item.sizes'))$size#if($foreach.hasNext),#end#end", '1,2'],
    ["#if($input.path('$.action') == 'add')yes#{else}no#end", 'yes'],
    ['{"price": "$5"}', '{"price": "$5"}'],
  ])('renders %s as %s', (template, text) => {
    expect(render(template)).toBe(text);
  });

  it.each([
    ['an empty body', '', '{}'],
    ['text', 'hello', '"hello"'],
  ])('reads the payload of %s', (_name, body, json) => {
    expect(render("$input.json('$')", { body })).toBe(json);
  });

  it('escapes text for JavaScript as Apache Commons Lang does', () => {
    const body = JSON.stringify({ text: '"a"\n\t/é\u0001\\' });
    expect(render("$util.escapeJavaScript($input.path('$.text'))", { body })).toBe(
      '\\"a\\"\\n\\t\\/\\u00E9\\u0001\\\\',
    );
  });

  it.each([
    ['$s.contains("b")', 'true'],
    ['$s.equals("abc")', 'true'],
    ['$s.equalsIgnoreCase("ABC")', 'true'],
    ['$s.isEmpty()', 'false'],
    ['$s.length()', '3'],
    ['$s.matches("a.c") $s.matches("a")', 'true false'],
    ['$s.replace(".", "x") $s.replace("b", "x")', 'abc axc'],
    ['$s.replaceAll("[ab]", "x")', 'xxc'],
    ['$s.replaceFirst("[ab]", "x")', 'xbc'],
    ['$s.split("[b]").get(1)', 'c'],
    ['$s.toUpperCase()', 'ABC'],
    ['$l.contains(2) $l.isEmpty()', 'true false'],
    ['#set($x = $l.addAll([3]))$l', '[1, 2, 3]'],
    ['$m.containsKey("a") $m.containsKey("b") $m.isEmpty() $m.values()', 'true false false [1]'],
    ['#set($x = $m.putAll({"b": 2}))$m', '{a=1, b=2}'],
  ])('calls the Java method in %s', (call, result) => {
    const body = JSON.stringify({ s: 'abc', l: [1, 2], m: { a: 1 } });
    const names = ['s', 'l', 'm'].map((name) => `#set($${name} = $input.path('$.${name}'))`).join('');
    expect(render(names + call, { body })).toBe(result);
  });

  it('does not let a template change the context of other templates', () => {
    render('#set($context.identity.sourceIp = "changed")');
    expect(render('$context.identity.sourceIp')).toBe('127.0.0.1');
  });
});

describe('Identity sources', () => {
  const request = {
    headers: { Auth: 'token', Empty: '' },
    query: { token: 't' },
    stageVariables: { color: 'red' },
    context: { stage: 'dev', identity: { sourceIp: '127.0.0.1' }, connectedAt: 0 },
  };

  it.each([
    ['route.request.header.auth', 'token'],
    ['route.request.header.Empty', undefined],
    ['$request.querystring.token', 't'],
    ['stageVariables.color', 'red'],
    ['$context.identity.sourceIp', '127.0.0.1'],
    ['context.connectedAt', '0'],
    ['context.identity.missing', undefined],
    ['context.identity.constructor.name', undefined],
    ['route.request.querystring.constructor', undefined],
    ['stageVariables.constructor', undefined],
  ])('%s selects %s', (source, value) => {
    expect(readIdentitySource(source, request)).toBe(value);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
describe('Selection expressions', () => {
  const values = {
    body: '{"action":"join","version":2,"a":{"b-c":"deep"},"list":[1],"yes":true}',
    headers: { 'x-api-key': 'key' },
    query: { token: 't' },
    context: { authorizer: { usageIdentifierKey: 'usage' } },
    stageVariables: { color: 'red' },
    response: { statusCode: 404, headers: { 'x-kind': 'missing' } },
  };

  it.each([
    ['$request.body.action', 'join'],
    ['${request.body.version}-beta', '2-beta'],
    ['${request.body.action}/${request.body.a.b-c}', 'join/deep'],
    ['$request.body.yes', 'true'],
    ['$request.body.list', undefined],
    ['$request.body.missing', undefined],
    ['${request.body.action}-${request.body.missing}', undefined],
    ['$request.body', undefined],
    ['$request.header.X-Api-Key', 'key'],
    ['$request.querystring.token', 't'],
    ['$context.authorizer.usageIdentifierKey', 'usage'],
    ['$stageVariables.color', 'red'],
    ['${integration.response.statuscode}', '404'],
    ['${integration.response.header.X-Kind}', 'missing'],
    ['\\$default', '$default'],
    ['200', '200'],
    ['$method.request.x', undefined],
    ['$context.authorizer.constructor.name', undefined],
    ['$request.header.constructor', undefined],
    ['$request.querystring.constructor', undefined],
    ['${integration.response.header.constructor}', undefined],
  ])('%s selects %s', (expression, key) => {
    expect(compileSelection(expression)(values)).toBe(key);
  });

  it('selects nothing from a message that is not JSON', () => {
    expect(compileSelection('$request.body.action')({ body: 'hello' })).toBeUndefined();
    expect(compileSelection('$request.body.action')({})).toBeUndefined();
  });

  it('lists the variables of an expression', () => {
    expect(listVariables('\\$default ${request.body.a}$request.header.b')).toEqual([
      'request.body.a',
      'request.header.b',
    ]);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
describe('Request parameters', () => {
  it.each([
    ["'text/plain'", 'text/plain'],
    ['context.connectionId', 'abc='],
    ['context.identity', '{"sourceIp":"127.0.0.1"}'],
    ['route.request.header.authorization', 'secret'],
    ['route.request.querystring.room', 'lobby'],
    ['route.request.multivaluequerystring.room', 'lobby'],
    ['route.request.body.item.sizes[0]', '1'],
    ['route.request.body.none', undefined],
    ['route.request.body', request.body],
    ['stageVariables.table', 'Rooms'],
    ['stageVariables.missing', undefined],
    ['route.request.querystring.constructor', undefined],
    ['stageVariables.constructor', undefined],
    ['method.request.header.x', undefined],
  ])('maps %s to %s', (source, value) => {
    const { headers } = mapParameters({ 'integration.request.header.X-Value': source }, request);
    expect(headers).toEqual(value === undefined ? {} : { 'x-value': value });
  });

  it('sets headers, the query and the path', () => {
    const parameters = {
      'integration.request.querystring.q': "'1'",
      'integration.request.path.id': 'context.connectionId',
      'integration.request.body.x': "'ignored'",
    };
    expect(mapParameters(parameters, request)).toEqual({
      headers: {},
      query: { q: '1' },
      path: { id: 'abc=' },
    });
    const integration = mapped({
      type: 'HTTP',
      uri: 'https://${stageVariables.table}.example.com/{id}/{other}',
      requestParameters: parameters,
    });
    expect(mapRequest(integration, request)).toMatchObject({
      uri: 'https://Rooms.example.com/abc=/{other}',
      query: { q: '1' },
    });
  });

  it.each([
    ['https://${stageVariables.missing}example.com/', 'https://example.com/'],
    ['https://${stageVariables.constructor}example.com/', 'https://example.com/'],
    ['https://example.com/{constructor}', 'https://example.com/{constructor}'],
  ])('resolves the URI %s to %s if a variable has no value', (uri, filled) => {
    expect(mapRequest(mapped({ type: 'HTTP', uri }), request).uri).toBe(filled);
  });

  it('passes the headers and the query of a proxy request through', () => {
    const integration = mapped({
      type: 'HTTP_PROXY',
      requestParameters: { 'integration.request.header.authorization': "'other'" },
      requestTemplates: { $default: 'not used' },
    });
    expect(mapRequest(integration, request)).toMatchObject({
      headers: { authorization: 'other' },
      query: { room: 'lobby' },
      body: request.body,
    });
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
describe('Request templates', () => {
  const bodyOf = (overrides: Parameters<typeof mapped>[0]) => mapRequest(mapped(overrides), request).body;

  it.each([
    ['by the expression', { a: 'A', add: 'B' }, '${request.body.action}', 'B'],
    ['by a static expression', { '200': 'A', $default: 'B' }, '200', 'A'],
    ['by the escaped $default', { $default: 'A' }, '\\$default', 'A'],
    ['by $default if there is no expression', { $default: 'A' }, undefined, 'A'],
    ['by application/json if there is no expression', { 'application/json': 'A' }, undefined, 'A'],
  ])('selects a template %s', (_name, requestTemplates, templateSelection, body) => {
    expect(bodyOf({ requestTemplates, templateSelection })).toBe(body);
  });

  it.each(['constructor', '__proto__'])('selects no template for the key %s from a client', (action) => {
    const integration = mapped({ passthrough: 'WHEN_NO_MATCH', templateSelection: '${request.body.action}' });
    const body = JSON.stringify({ action });
    expect(mapRequest(integration, { ...request, body }).body).toBe(body);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
  it.each([
    ['WHEN_NO_MATCH', {}, true],
    ['WHEN_NO_MATCH', { other: 'A' }, true],
    ['WHEN_NO_TEMPLATES', {}, true],
    ['WHEN_NO_TEMPLATES', { other: 'A' }, false],
    ['NEVER', {}, false],
  ] as const)(
    'the setting %s with the templates %j passes the request through: %s',
    (passthrough, templates, passes) => {
      const run = () => bodyOf({ passthrough, requestTemplates: templates });
      if (passes) expect(run()).toBe(request.body);
      else
        expect(run).toThrow(
          expect.objectContaining({ status: 415, clientMessage: 'Unsupported Media Type' }),
        );
    },
  );
});

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
describe('Integration responses', () => {
  const responses: IntegrationResponseModel[] = [
    { key: '$default', templates: { 'application/json': 'other' } },
    { key: '/4\\d\\d/', templates: { $default: "error $input.path('$.message')" } },
    { key: '404', templates: {} },
    {
      key: '/20./',
      templates: { b: 'B $context.connectionId' },
      templateSelection: '${integration.response.header.kind}',
    },
  ];
  const map = (statusCode: number, headers = {}, type: 'AWS' | 'HTTP_PROXY' = 'AWS') =>
    mapResponse(mapped({ type, responses }), request, { statusCode, headers, body: '{"message":"m"}' });

  it.each([
    [400, {}, 'error m'],
    [404, {}, '{"message":"m"}'],
    [500, {}, 'other'],
    [1400, {}, 'other'],
    [201, { kind: 'b' }, 'B abc='],
    [201, { kind: 'c' }, '{"message":"m"}'],
  ])('maps a response with the status %s and the headers %j to %s', (status, headers, body) => {
    expect(map(status, headers)).toBe(body);
  });

  it('returns the response of a proxy integration unchanged', () => {
    expect(map(400, {}, 'HTTP_PROXY')).toBe('{"message":"m"}');
  });

  it('fails with status 500 if no integration response matches', () => {
    const run = () => mapResponse(mapped({}), request, { statusCode: 200, headers: {}, body: '' });
    expect(run).toThrow(expect.objectContaining({ status: 500 }));
  });
});
