import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplate } from '../src/app-model/load-template';
import { createWebsite } from '../src/website';
import { createWebsiteBuild, type WebsiteBuild } from '../src/website/build';
import { load, problemsOf } from './fixtures/template/load';
import { httpApi, send, startHttpApis } from './support/http-api';
import { startServer } from './support/server';

describe('website files', () => {
  let root: string;
  let server: Awaited<ReturnType<typeof startServer>>;
  let showsBuildErrors: boolean;

  beforeEach(async () => {
    showsBuildErrors = false;
    root = mkdtempSync(join(tmpdir(), 'website-'));
    mkdirSync(join(root, 'dist', 'assets'), { recursive: true });
    mkdirSync(join(root, 'dist', '_local'));
    writeFileSync(join(root, 'secret.txt'), 'not served');
    writeFileSync(join(root, 'dist-2.txt'), 'not served');
    writeFileSync(join(root, 'dist', '_local', 'health'), 'not served');
    writeFileSync(join(root, 'dist', 'a b.txt'), 'ä');
    writeFileSync(join(root, 'dist', 'assets', 'app.js'), 'go()');
    const model = {
      logicalId: 'Web',
      folder: join(root, 'dist'),
      config: { webSocketUrl: 'Url' },
      headers: { 'content-security-policy': 'connect-src wss://a1b2.example', 'x-frame-options': 'DENY' },
    };
    const website = createWebsite(
      model,
      () => ({ Url: 'ws://localhost:1/production', Other: 'x' }),
      createWebsiteBuild({ website: model, root }),
      {
        rewrite: (text) => text.replace('wss://a1b2.example', 'ws://localhost:1'),
        showsBuildErrors: () => showsBuildErrors,
      },
    );
    const pages = new Map([['/', () => ({ contentType: 'text/html', body: 'start page' })]]);
    server = await startServer({ website, console: { pages } });
  });
  afterEach(async () => {
    await server.stop();
    rmSync(root, { recursive: true });
  });
  const build = () => writeFileSync(join(root, 'dist', 'index.html'), '<!doctype html>');
  const get = (path: string) => send(server.port, 'GET', path);

  it('replace the start page when index.html exists', async () => {
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
  ])('include %s with type %s', async (path, type, body) => {
    build();
    const response = await get(path);
    expect([response.status, response.headers['content-type'], response.body]).toEqual([200, type, body]);
    const head = await send(server.port, 'HEAD', path);
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it.each(['/', '/index.html', '/assets/app.js', '/config.json'])(
    'are sent with the headers of the distribution and local addresses (%s)',
    async (path) => {
      build();
      expect((await get(path)).headers).toMatchObject({
        'content-security-policy': 'connect-src ws://localhost:1',
        'x-frame-options': 'DENY',
      });
      expect((await get('/_local/health')).headers['content-security-policy']).toBe("frame-ancestors 'none'");
    },
  );

  it.each([
    [
      '<!doctype html><head><title>ä</title></head><p>',
      '<!doctype html><head><title>ä</title>SCRIPT</head><p>',
    ],
    ['<!doctype html><p>$&', '<!doctype html><p>$&SCRIPT'],
  ])('contain a script that shows build errors, if the page is %s', async (page, expected) => {
    writeFileSync(join(root, 'dist', 'index.html'), page);
    expect((await get('/')).body).toBe(page);
    showsBuildErrors = true;
    const script = '<script type="module" src="/_local/console/page-build-errors.js"></script>';
    for (const path of ['/', '/index.html'])
      expect((await get(path)).body).toBe(expected.replace('SCRIPT', script));
    expect((await get('/assets/app.js')).body).toBe('go()');
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
  ])('do not include %s', async (path) => {
    build();
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain('not served');
  });

  it('do not override the paths of the runtime, and are read-only', async () => {
    build();
    expect((await get('/_local/health')).body).toBe('{"status":"ok"}');
    expect((await send(server.port, 'POST', '/index.html')).status).toBe(404);
    const foreign = await send(server.port, 'GET', '/', { origin: 'https://evil.example.com' });
    expect(foreign.status).toBe(403);
  });
});

describe('website build', () => {
  let root: string;
  let build: WebsiteBuild;
  let server: Awaited<ReturnType<typeof startServer>>;
  const notices: object[] = [];
  const progress: string[] = [];

  const start = async (script: string) => {
    root = mkdtempSync(join(tmpdir(), 'website-'));
    mkdirSync(join(root, 'src', 'node_modules'), { recursive: true });
    mkdirSync(join(root, 'src', 'dist'));
    writeFileSync(join(root, 'src', 'text.txt'), 'one');
    writeFileSync(join(root, 'build.js'), script);
    const folder = join(root, 'src', 'dist');
    const model = { command: ['node', 'build.js'], sources: [join(root, 'src'), join(root, 'build.js')] };
    const website = { logicalId: 'Web', folder, config: {}, build: model };
    build = createWebsiteBuild({
      website,
      root,
      onNotice: (notice) => notices.push(notice),
      onProgress: (line) => progress.push(line),
    });
    server = await startServer({ website: createWebsite(website, () => ({}), build) });
  };
  afterEach(async () => {
    await server.stop();
    await build.close();
    rmSync(root, { recursive: true });
  });
  const page = async () => {
    const { body, headers } = await send(server.port, 'GET', '/');
    const isGenerated = body.includes('<!doctype');
    expect(headers['x-frame-options']).toBe(isGenerated ? 'DENY' : undefined);
    return body;
  };
  /** Waits until no build is running, and returns the page. */
  const waitForBuild = async () => {
    for (;;) {
      const body = await page();
      if (!body.includes('Building the web page')) return body;
    }
  };

  const COPY = "require('fs').copyFileSync('src/text.txt', 'src/dist/index.html')";

  it('shows a page that reloads, and runs again when a source changes', async () => {
    await start(COPY);
    expect(await page()).toContain('http-equiv="refresh"');
    expect(await waitForBuild()).toBe('one');
    writeFileSync(join(root, 'src', 'node_modules', 'text.txt'), 'installed');
    utimesSync(join(root, 'src', 'node_modules', 'text.txt'), later(60), later(60));
    expect(await page()).toBe('one');
    writeFileSync(join(root, 'src', 'text.txt'), 'two');
    utimesSync(join(root, 'src', 'dist', 'index.html'), later(-60), later(-60));
    expect(await page()).toContain('Building the web page');
    expect(await waitForBuild()).toBe('two');
  });

  it('ends even if the page is older than its sources after the build', async () => {
    await start(`${COPY}\nrequire('node:fs').utimesSync('src/dist/index.html', 1, 1);`);
    expect(await waitForBuild()).toBe('one');
    expect(await page()).toBe('one');
    writeFileSync(join(root, 'src', 'text.txt'), 'two');
    utimesSync(join(root, 'src', 'text.txt'), later(60), later(60));
    expect(await page()).toContain('Building the web page');
    expect(await waitForBuild()).toBe('two');
  });

  it('runs again if a source changes while it runs', async () => {
    const edit =
      "if (fs.readFileSync('src/text.txt', 'utf8') === 'one') fs.writeFileSync('src/text.txt', 'two');";
    await start(
      `const fs = require('node:fs');\n${COPY};\n${edit}\nfs.utimesSync('src/dist/index.html', 4e9, 4e9);`,
    );
    await waitForBuild();
    expect(await page()).toBe('two');
  });

  it('shows an error until a source changes', async () => {
    await start("console.error('\\u001b[31m<no> such\\u001b[0m thing'); process.exit(1)");
    expect(await waitForBuild()).toContain('&lt;no&gt; such thing');
    expect(notices).toEqual([{ failed: 'website build', output: '<no> such thing\n' }]);
    expect(await page()).toContain('The build failed');
    writeFileSync(join(root, 'build.js'), COPY);
    utimesSync(join(root, 'build.js'), later(60), later(60));
    expect(await page()).toContain('Building the web page');
  });

  it('is announced if it takes more than half a second', async () => {
    await start('setInterval(() => undefined, 1000)');
    progress.length = 0;
    build.check();
    while (progress.length === 0) await new Promise((next) => setTimeout(next, 10));
    expect(progress).toEqual(['Building the web page: node build.js …']);
  });

  it('stops when the runtime closes', async () => {
    await start('setInterval(() => undefined, 1000)');
    expect(build.check()).toEqual({ status: 'building' });
    await build.close();
    expect(build.check()).toEqual({ status: 'building' });
  });
});

/** Returns the current time plus a number of seconds. */
const later = (seconds: number) => new Date(Date.now() + seconds * 1000);

describe('an unmatched path', () => {
  it('returns the API Gateway error if the application has an HTTP API', async () => {
    const { port, stop } = await startHttpApis({ apis: [httpApi(['POST /m'])] });
    expect(await send(port, 'GET', '/none.js')).toMatchObject({
      status: 404,
      body: '{"message":"Not Found"}',
    });
    await stop();
  });
});

// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudfront-responseheaderspolicy-securityheadersconfig.html
describe('response headers policy of a website', () => {
  const template = (config: string, { domain = 'Web.RegionalDomainName', policy = '!Ref Policy' } = {}) => `
Resources:
  Web: { Type: AWS::S3::Bucket, Metadata: { Website: { Folder: web } } }
  Other: { Type: AWS::S3::Bucket }
  Policy: { Type: AWS::CloudFront::ResponseHeadersPolicy, Properties: { ResponseHeadersPolicyConfig: ${config} } }
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Origins:
          - { Id: other, DomainName: !GetAtt Other.RegionalDomainName }
          - { Id: page, DomainName: !GetAtt ${domain} }
        DefaultCacheBehavior: { TargetOriginId: page, ResponseHeadersPolicyId: ${policy} }
`;
  const supportOf = (app: ReturnType<typeof load>) =>
    app.support.resources.find(({ logicalId }) => logicalId === 'Policy')?.support;

  it('is applied to the files of the bucket', () => {
    const app = load(
      template(`{
        Name: all,
        SecurityHeadersConfig: {
          ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'none'", Override: true },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: DENY, Override: true },
          ReferrerPolicy: { ReferrerPolicy: no-referrer, Override: true },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 60, IncludeSubdomains: true, Preload: true, Override: true },
          XSSProtection: { Protection: true, ModeBlock: true, ReportUri: /xss, Override: true } },
        CustomHeadersConfig: { Items: [{ Header: X-Team, Value: chat, Override: true }] } }`),
    );
    expect(app.website?.headers).toEqual({
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=60; includeSubDomains; preload',
      'x-xss-protection': '1; mode=block; report=/xss',
      'x-team': 'chat',
    });
    expect(supportOf(app)).toBe('emulated');
  });

  it.each([
    [
      '{ StrictTransportSecurity: { AccessControlMaxAgeSec: 60 } }',
      { 'strict-transport-security': 'max-age=60' },
    ],
    ['{ XSSProtection: { Protection: true } }', { 'x-xss-protection': '1' }],
    ['{ XSSProtection: { Protection: false } }', { 'x-xss-protection': '0' }],
  ])('sends the settings %s', (settings, headers) => {
    expect(load(template(`{ SecurityHeadersConfig: ${settings} }`)).website?.headers).toEqual(headers);
  });

  it.each([
    ['the default origin is another bucket', { domain: 'Other.RegionalDomainName' }],
    ['it is a managed policy', { policy: '67f7725c-6f97-4210-82d7-5512b31e9d03' }],
  ])('is not applied if %s', (_, change) => {
    const app = load(
      template('{ SecurityHeadersConfig: { ContentTypeOptions: { Override: true } } }', change),
    );
    expect(app.website).not.toHaveProperty('headers');
    expect(supportOf(app)).toBe('inert');
  });
});

describe('Website metadata in a template', () => {
  const template = (metadata: string, second = '') => `
Resources:
  Web: { Type: AWS::S3::Bucket, Metadata: { Website: ${metadata} } }
${second}
Outputs:
  Url: { Value: wss://x }
`;

  it('belongs to a bucket, and contains a folder relative to the template', () => {
    const { website, root } = load(template('{ Folder: web/dist, Config: { url: Url } }'));
    expect(website).toEqual({ logicalId: 'Web', folder: join(root, 'web/dist'), config: { url: 'Url' } });
    expect(load(template('{ Folder: web }')).website?.config).toEqual({});
    const build = '{ Command: [node, x.mjs], Sources: [web] }';
    const built = load(template(`{ Folder: web/dist, Build: ${build} }`));
    expect(built.website?.build).toEqual({ command: ['node', 'x.mjs'], sources: [join(built.root, 'web')] });
    expect(load('Resources: { Web: { Type: AWS::S3::Bucket } }')).not.toHaveProperty('website');
  });

  it('can refer to the template of another stack, and passes outputs to it as parameters', () => {
    const folder = mkdtempSync(join(tmpdir(), 'site-'));
    const page = join(folder, 'page.yaml');
    const main = join(folder, 'template.yaml');
    writeFileSync(
      main,
      `${template('{ Folder: own }').replace(/, Metadata:.*\}/, ' }')}Metadata: { Website: { Template: page.yaml } }`,
    );
    expect(loadTemplate({ file: main })).not.toHaveProperty('website');
    expect(loadTemplate({ file: main }).support.findings).toEqual([
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining('does not exist') }),
    ]);
    const parameters = 'Parameters: { Url: { Type: String }, Other: { Type: String, Default: x } }';
    const bucket =
      'Web: { Type: AWS::S3::Bucket, Metadata: { Website: { Folder: web, Config: { url: Url } } } }';
    writeFileSync(page, `${parameters}\nResources: { ${bucket} }\n`);
    const app = loadTemplate({ file: main });
    expect(app.website).toEqual({ logicalId: 'Web', folder: join(folder, 'web'), config: { url: 'Url' } });
    expect(app.support.findings).toEqual([]);
    rmSync(folder, { recursive: true });
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
  ])('is rejected if it is %s', (metadata, second, message) => {
    expect(problemsOf(template(metadata, second))).toEqual([expect.stringContaining(message)]);
  });
});
