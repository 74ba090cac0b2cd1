import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWebsiteBuild, type WebsiteBuild } from '../src/website/build';
import { openWebsite } from '../src/website/website';
import { load, problemsOf } from './fixtures/template/load';
import { startFront } from './support/http';
import { ask, httpApi, startHttpApis } from './support/http-api';

describe('the files of a page', () => {
  let root: string;
  let front: Awaited<ReturnType<typeof startFront>>;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'website-'));
    mkdirSync(join(root, 'dist', 'assets'), { recursive: true });
    mkdirSync(join(root, 'dist', '_local'));
    writeFileSync(join(root, 'secret.txt'), 'not served');
    writeFileSync(join(root, 'dist-2.txt'), 'not served');
    writeFileSync(join(root, 'dist', '_local', 'health'), 'not served');
    writeFileSync(join(root, 'dist', 'a b.txt'), 'ä');
    writeFileSync(join(root, 'dist', 'assets', 'app.js'), 'go()');
    const model = { logicalId: 'Web', folder: join(root, 'dist'), config: { webSocketUrl: 'Url' } };
    const website = openWebsite(
      model,
      () => ({ Url: 'ws://localhost:1/production', Other: 'x' }),
      createWebsiteBuild({ website: model, root }),
    );
    const pages = new Map([['/', () => ({ contentType: 'text/html', body: 'start page' })]]);
    front = await startFront({ website, pages });
  });
  afterEach(async () => {
    await front.stop();
    rmSync(root, { recursive: true });
  });
  const build = () => writeFileSync(join(root, 'dist', 'index.html'), '<!doctype html>');
  const get = (path: string) => ask(front.port, 'GET', path);

  it('are served from when it is built on; until then there is the start page', async () => {
    expect(await get('/')).toMatchObject({ status: 200, body: 'start page' });
    expect((await get('/config.json')).status).toBe(404);
    build();
    const page = await get('/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    });
  });

  it.each([
    ['/index.html', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/assets/app.js?v=1', 'text/javascript; charset=utf-8', 'go()'],
    ['/a%20b.txt', 'text/plain; charset=utf-8', 'ä'],
    ['/config.json', 'application/json', '{"webSocketUrl":"ws://localhost:1/production"}\n'],
  ])('have %s as %s', async (path, type, body) => {
    build();
    const answer = await get(path);
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([200, type, body]);
    const head = await ask(front.port, 'HEAD', path);
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it.each([
    '/assets',
    '/assets/',
    '/none.js',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/../dist-2.txt',
    '/%00',
    '/%',
  ])('have no %s', async (path) => {
    build();
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain('not served');
  });

  it("stand behind the runtime's own paths, and are read only", async () => {
    build();
    expect((await get('/_local/health')).body).toBe('{"status":"ok"}');
    expect((await ask(front.port, 'POST', '/index.html')).status).toBe(404);
    const foreign = await ask(front.port, 'GET', '/', { origin: 'https://evil.example.com' });
    expect(foreign.status).toBe(403);
  });
});

describe('a page that is built', () => {
  let root: string;
  let build: WebsiteBuild;
  let front: Awaited<ReturnType<typeof startFront>>;
  const notices: object[] = [];

  const start = async (script: string) => {
    root = mkdtempSync(join(tmpdir(), 'website-'));
    mkdirSync(join(root, 'src', 'node_modules'), { recursive: true });
    mkdirSync(join(root, 'src', 'dist'));
    writeFileSync(join(root, 'src', 'text.txt'), 'one');
    writeFileSync(join(root, 'build.js'), script);
    const folder = join(root, 'src', 'dist');
    const made = { command: ['node', 'build.js'], sources: [join(root, 'src'), join(root, 'build.js')] };
    const website = { logicalId: 'Web', folder, config: {}, build: made };
    build = createWebsiteBuild({ website, root, onNotice: (notice) => notices.push(notice) });
    front = await startFront({ website: openWebsite(website, () => ({}), build) });
  };
  afterEach(async () => {
    await front.stop();
    await build.close();
    rmSync(root, { recursive: true });
  });
  const page = async () => (await ask(front.port, 'GET', '/')).body;
  /** The page once nothing is being built any more. */
  const finished = async () => {
    for (;;) {
      const body = await page();
      if (!body.includes('is being built')) return body;
    }
  };

  const COPY = "require('fs').copyFileSync('src/text.txt', 'src/dist/index.html')";

  it('is waited for, and built anew when a source is newer', async () => {
    await start(COPY);
    expect(await page()).toContain('http-equiv="refresh"');
    expect(await finished()).toBe('one');
    writeFileSync(join(root, 'src', 'node_modules', 'text.txt'), 'installed');
    utimesSync(join(root, 'src', 'node_modules', 'text.txt'), later(60), later(60));
    expect(await page()).toBe('one');
    writeFileSync(join(root, 'src', 'text.txt'), 'two');
    utimesSync(join(root, 'src', 'dist', 'index.html'), later(-60), later(-60));
    expect(await page()).toContain('is being built');
    expect(await finished()).toBe('two');
  });

  it('says why it could not be built, until something changes', async () => {
    await start("console.error('<no> such thing'); process.exit(1)");
    expect(await finished()).toContain('&lt;no&gt; such thing');
    expect(notices).toEqual([{ failed: 'the build of the page', output: '<no> such thing\n' }]);
    expect(await page()).toContain('could not be built');
    writeFileSync(join(root, 'build.js'), COPY);
    utimesSync(join(root, 'build.js'), later(60), later(60));
    expect(await page()).toContain('is being built');
  });

  it('is not gone on with when the runtime ends', async () => {
    await start('setInterval(() => undefined, 1000)');
    expect(build.check()).toEqual({ is: 'building' });
    await build.close();
    expect(build.check()).toEqual({ is: 'building' });
  });
});

/** So many seconds from now. */
const later = (seconds: number) => new Date(Date.now() + seconds * 1000);

describe('a path that no API and no file has', () => {
  it("is answered in API Gateway's words where there is an API", async () => {
    const { port, stop } = await startHttpApis({ apis: [httpApi(['POST /m'])] });
    expect(await ask(port, 'GET', '/none.js')).toMatchObject({
      status: 404,
      body: '{"message":"Not Found"}',
    });
    await stop();
  });
});

describe('Template: a website', () => {
  const template = (metadata: string, second = '') => `
Resources:
  Web: { Type: AWS::S3::Bucket, Metadata: { Website: ${metadata} } }
${second}
Outputs:
  Url: { Value: wss://x }
`;

  it('is what a bucket says of itself, in a folder beside the template', () => {
    const { website, root } = load(template('{ Folder: web/dist, Config: { url: Url } }'));
    expect(website).toEqual({ logicalId: 'Web', folder: join(root, 'web/dist'), config: { url: 'Url' } });
    expect(load(template('{ Folder: web }')).website?.config).toEqual({});
    const build = '{ Command: [node, x.mjs], Sources: [web] }';
    const built = load(template(`{ Folder: web/dist, Build: ${build} }`));
    expect(built.website?.build).toEqual({ command: ['node', 'x.mjs'], sources: [join(built.root, 'web')] });
    expect(load('Resources: { Web: { Type: AWS::S3::Bucket } }')).not.toHaveProperty('website');
  });

  it.each([
    ['{}', '', 'Folder is missing'],
    ['{ Folder: web, Colour: red }', '', 'Colour of Website is not supported'],
    ['{ Folder: web, Config: { url: Nowhere } }', '', 'The template does not have an output Nowhere'],
    ['{ Folder: web, Build: { Command: [], Sources: [web] } }', '', 'must not be empty'],
    ['{ Folder: web, Build: { Command: [node] } }', '', 'Sources is missing'],
    [
      '{ Folder: web }',
      '  Other: { Type: AWS::S3::Bucket, Metadata: { Website: { Folder: other } } }',
      'The runtime serves one website, and Web already declares it',
    ],
  ])('as %s is refused', (metadata, second, message) => {
    expect(problemsOf(template(metadata, second))).toEqual([expect.stringContaining(message)]);
  });
});
