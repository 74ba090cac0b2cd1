import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployWeb, emptyWebBucket } from '../deploy-web/deploy';

const TEMPLATE = `
Resources:
  Web:
    Type: AWS::S3::Bucket
    Metadata:
      Website: { Folder: dist, Config: { webSocketUrl: WebSocketUrl } }
Outputs:
  WebSocketUrl: { Value: ws://localhost }
`;
const OUTPUTS = {
  WebSocketUrl: 'wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/production',
  WebBucketName: 'the-bucket',
  WebDistributionId: 'E1',
  WebPageUrl: 'https://d1.cloudfront.net/',
};

interface Request {
  call: string;
  type?: string;
  cache?: string;
  body: string;
}

describe('npm run deploy:web', () => {
  const requests: Request[] = [];
  const printed: string[] = [];
  /** Stands in for CloudFormation, S3 and CloudFront. */
  let server: Server;
  let folder: string;
  let outputs: Record<string, string>;
  let keys: string[];
  const environment = { ...process.env };

  beforeEach(async () => {
    requests.length = 0;
    printed.length = 0;
    outputs = OUTPUTS;
    keys = ['index.html', 'a b.txt'];
    folder = mkdtempSync(join(tmpdir(), 'web-'));
    writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { 'content-type': type, 'cache-control': cache } = request.headers;
        requests.push({ call: `${request.method} ${request.url}`, type, cache, body });
        response.setHeader('content-type', 'text/xml');
        response.end(respondTo(`${request.method} ${request.url} ${body}`));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });
  afterEach(async () => {
    process.env = { ...environment };
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });

  function respondTo(request: string): string {
    if (request.includes('Action=DescribeStacks')) {
      const members = Object.entries(outputs).map(
        ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      );
      const stack = `<StackName>s</StackName><Outputs>${members.join('')}</Outputs>`;
      return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
    }
    if (request.includes('list-type=2')) {
      const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`);
      return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
    }
    if (request.includes('?delete')) return '<DeleteResult></DeleteResult>';
    if (request.includes('/invalidation')) return '<Invalidation><Id>I1</Id></Invalidation>';
    return '';
  }

  const deploy = (build: () => void) =>
    deployWeb({
      stackName: 's',
      template: join(folder, 'template.yaml'),
      build: async () => build(),
      print: (line) => printed.push(line),
    });
  const writePage = () => {
    mkdirSync(join(folder, 'dist', 'assets'), { recursive: true });
    const files = { 'index.html': '<!doctype html>', 'config.json': '{}', 'icon.svg': '<svg/>' };
    const assets = { 'assets/index-Bx3_k9Qz.js': 'go()', 'assets/style-12345678.css': 'p{}' };
    for (const [name, text] of Object.entries({ ...files, ...assets })) {
      writeFileSync(join(folder, 'dist', name), text);
    }
  };

  it('uploads index.html last, with a config.json for the stack and cache headers for each file', async () => {
    await deploy(writePage);
    const puts = requests
      .filter(({ call }) => call.startsWith('PUT '))
      .map(({ call, type, cache, body }) => ({ name: call.replace(/^PUT |\?.*$/g, ''), type, cache, body }));
    const immutable = 'public, max-age=31536000, immutable';
    const isPage = ({ name }: { name: string }) => /config\.json|index\.html/.test(name);
    expect(puts.filter((put) => !isPage(put)).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {
        name: '/the-bucket/assets/index-Bx3_k9Qz.js',
        type: 'text/javascript; charset=utf-8',
        cache: immutable,
        body: 'go()',
      },
      {
        name: '/the-bucket/assets/style-12345678.css',
        type: 'text/css; charset=utf-8',
        cache: immutable,
        body: 'p{}',
      },
      { name: '/the-bucket/icon.svg', type: 'image/svg+xml', cache: 'no-cache', body: '<svg/>' },
    ]);
    expect(puts.slice(-2)).toEqual([
      {
        name: '/the-bucket/config.json',
        type: 'application/json',
        cache: 'no-cache',
        body: `{"webSocketUrl":"${OUTPUTS.WebSocketUrl}"}\n`,
      },
      {
        name: '/the-bucket/index.html',
        type: 'text/html; charset=utf-8',
        cache: 'no-cache',
        body: '<!doctype html>',
      },
    ]);
    const last = requests.at(-1);
    expect(last?.call).toBe('POST /2020-05-31/distribution/E1/invalidation');
    expect(last?.body).toContain('<Path>/*</Path>');
    expect(printed).toEqual(['Uploaded 5 files to https://d1.cloudfront.net/']);
  });

  it('uploads nothing if the build has no page or the stack has no bucket', async () => {
    await expect(deploy(() => undefined)).rejects.toThrow('has no index.html');
    outputs = { WebSocketUrl: OUTPUTS.WebSocketUrl };
    const build = jest.fn();
    await expect(deploy(build)).rejects.toThrow(
      'The stack s does not host the web page. Deploy it with HostWebPage=true.',
    );
    expect(build).not.toHaveBeenCalled();
    expect(requests.filter(({ call }) => call.startsWith('PUT '))).toEqual([]);
  });

  it('deletes every object, and accepts an empty bucket', async () => {
    const empty = () => emptyWebBucket({ stackName: 's', print: (line) => printed.push(line) });
    await empty();
    const deletion = requests.find(({ call }) => call.includes('?delete'));
    expect(deletion?.body).toContain(
      '<Object><Key>index.html</Key></Object><Object><Key>a b.txt</Key></Object>',
    );
    keys = [];
    await empty();
    expect(printed).toEqual(['Deleted 2 files.', 'Deleted 0 files.']);
    expect(requests.filter(({ call }) => call.includes('?delete'))).toHaveLength(1);
  });
});
