import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { formatNotice } from '../src/app/log-format';
import { type RuntimeOptions, startRuntime } from '../src/app/runtime';
import { UsageError } from '../src/core/service';

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: { Runtime: nodejs24.x, Handler: hello.handler, CodeUri: . }
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtime-'));
  mkdirSync(join(folder, 'tmp'));
  writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
  writeFileSync(join(folder, 'hello.ts'), 'export const handler = async () => 1;');
});

afterEach(() => rmSync(folder, { recursive: true }));

const start = (more: Partial<RuntimeOptions> = {}) =>
  startRuntime({ template: join(folder, 'template.yaml'), port: 0, ...more });

describe('the runtime', () => {
  it('listens on 127.0.0.1 and localhost, and lists its source files', async () => {
    const runtime = await start();
    for (const host of ['127.0.0.1', 'localhost']) {
      const response = await fetch(`http://${host}:${runtime.port}/_local/health`);
      expect(response.status).toBe(200);
    }
    expect(runtime.definitions).toEqual([join(folder, 'template.yaml')]);
    expect(runtime.sources()).toContain(join(folder, 'hello.ts'));
    await runtime.close();
  });

  it('serves the HTTP API and website of the template, and stores secrets in the data directory', async () => {
    writeFileSync(
      join(folder, 'template.yaml'),
      `
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: { Type: AWS::Serverless::HttpApi }
  Key: { Type: AWS::SecretsManager::Secret, Properties: { GenerateSecretString: { ExcludePunctuation: true } } }
  Web: { Type: AWS::S3::Bucket, Metadata: { Website: { Folder: web, Config: { url: Url } } } }
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: hello.handler
      Environment: { Variables: { URL: !GetAtt Api.ApiEndpoint } }
      Events: { Get: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /hello, Method: GET } } }
Outputs:
  Url: { Value: !Sub "\${Api.ApiEndpoint}/hello" }
`,
    );
    writeFileSync(join(folder, 'hello.ts'), 'export const handler = async () => process.env.URL;');
    const dataDirectory = join(folder, 'data');
    const first = await start({ dataDirectory });
    const key = first.secretValue(first.app.secrets[0]?.arn ?? '');
    expect(key).toMatch(/^\w{32}$/);
    await first.close();

    const runtime = await start({ dataDirectory });
    expect(runtime.secretValue(runtime.app.secrets[0]?.name ?? '')).toBe(key);
    const origin = `http://127.0.0.1:${runtime.port}`;
    const get = async (path: string) => (await fetch(origin + path)).text();
    const { apiId } = runtime.app.httpApis[0] ?? {};
    expect(await get('/hello')).toBe(`https://${apiId}.execute-api.us-east-1.amazonaws.com`);
    expect(await get('/')).toContain(`Ready on http://localhost:${runtime.port}`);
    mkdirSync(join(folder, 'web'));
    writeFileSync(join(folder, 'web', 'index.html'), 'the page');
    expect(await get('/')).toBe('the page');
    expect(JSON.parse(await get('/config.json'))).toEqual({ url: `${origin}/hello` });
    expect(JSON.parse(await get('/_local/outputs'))).toEqual({ Url: `${origin}/hello` });
    await runtime.close();
  });

  it.each([
    [
      'invalid settings of esbuild',
      () => writeFileSync(join(folder, 'esbuild.json'), '{"target":"es1"}'),
      'Invalid target "es1"',
    ],
    [
      'a key without an attribute definition',
      () =>
        writeFileSync(
          join(folder, 'template.yaml'),
          TEMPLATE.replace('AttributeName: id, K', 'AttributeName: pk, K'),
        ),
      'Rows: ',
    ],
    ['a missing template', () => rmSync(join(folder, 'template.yaml')), 'The template cannot be read'],
  ])('rejects %s with a message', async (_what, breakApp, message) => {
    breakApp();
    const failure = await start().catch((error) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure.message).toContain(message);
  });

  it('starts with a function that cannot be bundled, and prints the error and the name of the function', async () => {
    writeFileSync(join(folder, 'hello.ts'), 'export const = 1');
    const notices: object[] = [];
    const runtime = await start({ warm: ['Hello'], onNotice: (notice) => notices.push(notice) });
    expect(notices.map(formatNotice)).toEqual([
      'WARN   runtime  Not running: function Hello\n' +
        'hello.ts:1:14: Expected identifier but found "="\n' +
        '  1 | export const = 1\n' +
        '    |              ^',
    ]);
    expect(runtime.overview()[0]).toMatchObject({ title: 'Not running', items: ['Hello'] });
    await runtime.close();
  });

  it('starts without a function if its source file is missing, and lists the function as unsupported', async () => {
    rmSync(join(folder, 'hello.ts'));
    const runtime = await start();
    expect(runtime.app.support.resources).toContainEqual(
      expect.objectContaining({ logicalId: 'Hello', support: 'unsupported' }),
    );
    await runtime.close();
  });

  it('rejects an unknown function in the option warm', async () => {
    const starting = start({ warm: ['Missing'] });
    await expect(starting).rejects.toThrow(
      '--warm Missing: the template has no such function. Use one of: Hello.',
    );
  });

  it('rejects a port or data directory that is in use', async () => {
    const dataDirectory = join(folder, 'data');
    const runtime = await start({ dataDirectory });
    const { port } = runtime;
    const message = `Port ${port} is already in use. Stop the other process, or run with --port ${port + 1}.`;
    await expect(start({ port })).rejects.toThrow(new UsageError(message));
    await expect(start({ dataDirectory })).rejects.toThrow(/in use by another process/);
    await runtime.close();
  });

  it('closes despite idle sockets on both addresses', async () => {
    const runtime = await start();
    const hosts = ['127.0.0.1', 'localhost'];
    const sockets = await Promise.all(
      hosts.map(async (host) => {
        const socket = connect(runtime.port, host);
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        return socket;
      }),
    );
    sockets[0]?.write('GET / HT');
    const ends = sockets.map((socket) => once(socket, 'close'));
    await runtime.close();
    await Promise.all(ends);
  });
});

describe('the command', () => {
  let child: ChildProcess;

  afterEach(() => child.kill('SIGKILL'));

  /** Returns the bundles in the temporary folder of the process. */
  const bundles = () => readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('sam-offline-'));

  function startCommand(...args: string[]): void {
    child = spawn(
      process.execPath,
      ['bin/sam-offline.js', '--port', '0', '--template', join(folder, 'template.yaml'), ...args],
      {
        cwd: resolve(__dirname, '..'),
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TMPDIR: join(folder, 'tmp') },
      },
    );
  }

  /** Returns the URL of the runtime. Fails with the output of the process if it exits first. */
  function waitUntilReady(): Promise<string> {
    let text = '';
    return new Promise((done, fail) => {
      child.stdout?.on('data', (data) => {
        text += data;
        const url = /Ready on (http:\S+)\n/.exec(text)?.[1];
        if (url !== undefined) done(url);
      });
      child.once('exit', () => fail(new Error(`The command exited: ${text}`)));
    });
  }

  /** Returns the environment variable STAGE of the function. */
  async function readStage(url: string): Promise<unknown> {
    const { functions } = (await (await fetch(`${url}/_local/app`)).json()) as {
      functions: { name: string }[];
    };
    const path = `${url}/2015-03-31/functions/${functions[0]?.name}/invocations`;
    const response = await fetch(path, { method: 'POST', headers: { authorization: 'x' } });
    return response.json();
  }

  const OPTIONS = `
[default.sam_offline.parameters]
warm = ["Hello", "OtherFunction"]
serve = ["/keys=public", "/missing=missing"]
parameter_overrides = "Stage=http://localhost:{port} Issuer=http://localhost:{port}/keys"
`;

  const writeStage = () => {
    writeFileSync(
      join(folder, 'template.yaml'),
      `
Transform: AWS::Serverless-2016-10-31
Parameters: { Stage: { Type: String, Default: prod } }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: hello.handler
      CodeUri: .
      Environment: { Variables: { STAGE: !Ref Stage } }
`,
    );
    writeFileSync(join(folder, 'hello.ts'), 'export const handler = async () => process.env.STAGE;');
  };

  it('applies the options of samconfig.toml, and ignores options that the template does not declare', async () => {
    writeStage();
    writeFileSync(join(folder, 'samconfig.toml'), OPTIONS);
    mkdirSync(join(folder, 'public'));
    writeFileSync(join(folder, 'public', 'jwks.json'), '{"keys":[]}');
    startCommand();
    const url = await waitUntilReady();
    expect(await (await fetch(`${url}/keys/jwks.json`)).json()).toEqual({ keys: [] });
    expect((await fetch(`${url}/missing/jwks.json`)).status).toBe(404);
    expect(await readStage(url)).toBe(url);
  });

  it('prefers options of the command line to options of samconfig.toml', async () => {
    writeStage();
    writeFileSync(join(folder, 'samconfig.toml'), OPTIONS);
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other', 'jwks.json'), '{"keys":[1]}');
    startCommand('--parameter-overrides', 'Stage=dev', '--serve', `/keys=${join(folder, 'other')}`);
    const url = await waitUntilReady();
    expect(await (await fetch(`${url}/keys/jwks.json`)).json()).toEqual({ keys: [1] });
    expect(await readStage(url)).toBe('dev');
  });

  it('exits cleanly if it receives a signal during the start', async () => {
    startCommand();
    child.stdout?.resume();
    while (bundles().length === 0 && child.exitCode === null)
      await new Promise((next) => setTimeout(next, 1));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(bundles()).toEqual([]);
  });

  it('exits cleanly if the reader of its output exits', async () => {
    writeStage();
    writeFileSync(join(folder, 'hello.ts'), "export const handler = () => console.log('hello');");
    startCommand();
    const url = await waitUntilReady();
    child.stdout?.destroy();
    await readStage(url).catch(() => undefined); // The process may exit before it responds.
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(bundles()).toEqual([]);
  });

  it('treats two simultaneous signals as one', async () => {
    startCommand();
    await waitUntilReady();
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(bundles()).toEqual([]);
  });
});
