import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { formatConfigJson, loadTemplate } from 'sam-offline';
import { root } from '../../testbed/template';

const URL = 'wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/production';
const BROADCAST_URL = 'https://b1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/broadcastmessage';
/** The outputs of the chat stack `s` and the page stack `s-web`. */
const OUTPUTS = {
  's.WebSocketUrl': URL,
  's.BroadcastUrl': BROADCAST_URL,
  's-web.WebBucketName': 'the-bucket',
  's-web.WebDistributionId': 'E1',
  's-web.WebPageUrl': 'https://d1.cloudfront.net/',
};

/**
 * A fake AWS CLI. Records its arguments and the uploaded file, and prints the requested output. The emulator tests use the real
 * AWS CLI.
 */
const AWS = `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const args = process.argv.slice(2);
const { outputs, fails } = JSON.parse(readFileSync(__dirname + '/state.json', 'utf8'));
const body = args.includes('--body') ? readFileSync(args[args.indexOf('--body') + 1], 'utf8') : undefined;
appendFileSync(__dirname + '/calls.jsonl', JSON.stringify({ args, body }) + '\\n');
const name = /OutputKey=='(\\w+)'/.exec(args.join(' '))?.[1];
if (name) console.log(outputs[args[args.indexOf('--stack-name') + 1] + '.' + name] ?? 'None');
if (args[1] === 'deploy' && fails) process.exit(1);
`;

interface Call {
  args: string[];
  body?: string;
}

describe('scripts/deploy-web/upload.sh', () => {
  let folder: string;
  let page: string;

  const setState = (outputs: object, fails = false) =>
    writeFileSync(join(folder, 'bin', 'state.json'), JSON.stringify({ outputs, fails }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'web-'));
    page = join(folder, 'dist');
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin', 'aws'), AWS);
    chmodSync(join(folder, 'bin', 'aws'), 0o755);
    writeFileSync(join(folder, 'bin', 'calls.jsonl'), '');
    setState(OUTPUTS);
    mkdirSync(join(page, 'assets'), { recursive: true });
    const files = { 'index.html': '<!doctype html>', 'config.json': '{}', 'icon.svg': '<svg/>' };
    const assets = { 'assets/index-Bx3_k9Qz.js': 'go()', 'assets/style-12345678.css': 'p{}' };
    for (const [name, text] of Object.entries({ ...files, ...assets })) writeFileSync(join(page, name), text);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function upload(...args: string[]): Promise<string> {
    const env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` };
    const script = join(root, 'scripts', 'deploy-web', 'upload.sh');
    return (await promisify(execFile)('bash', [script, 's', ...args], { env })).stdout;
  }
  const listCalls = (operation: string): Call[] =>
    readFileSync(join(folder, 'bin', 'calls.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Call)
      .filter(({ args }) => args[1] === operation);
  const option = ({ args }: Call, name: string) => args[args.indexOf(name) + 1];

  it('uploads index.html last, with a config.json for the stack and cache headers for each file', async () => {
    expect(await upload(page)).toBe('Uploaded 5 files to https://d1.cloudfront.net/\n');
    const puts = listCalls('put-object').map((call) => [
      ...['--bucket', '--key', '--content-type', '--cache-control'].map((name) => option(call, name)),
      call.body,
    ]);
    const immutable = 'public, max-age=31536000, immutable';
    const { website } = loadTemplate({ file: join(root, 'template.yaml') });
    const config = formatConfigJson(website?.config ?? {}, { WebSocketUrl: URL });
    expect(puts).toEqual([
      ['the-bucket', 'assets/index-Bx3_k9Qz.js', 'text/javascript; charset=utf-8', immutable, 'go()'],
      ['the-bucket', 'assets/style-12345678.css', 'text/css; charset=utf-8', immutable, 'p{}'],
      ['the-bucket', 'icon.svg', 'image/svg+xml', 'no-cache', '<svg/>'],
      ['the-bucket', 'config.json', 'application/json', 'no-cache', config],
      ['the-bucket', 'index.html', 'text/html; charset=utf-8', 'no-cache', '<!doctype html>'],
    ]);
    const [invalidation] = listCalls('create-invalidation');
    expect(invalidation?.args.slice(2)).toEqual(['--distribution-id', 'E1', '--paths', '/*']);
  });

  it('uploads nothing if the build has no page, or if a file has an unknown type', async () => {
    writeFileSync(join(page, 'page.wasm'), '');
    await expect(upload(page)).rejects.toThrow('page.wasm has an unknown content type.');
    rmSync(join(page, 'index.html'));
    await expect(upload(page)).rejects.toThrow('has no index.html. Check the build output.');
    expect(listCalls('put-object')).toEqual([]);
  });

  it('first updates the page stack with the URLs of the chat and only the given parameters', async () => {
    await upload(page, 'Domain=chat.example.com');
    const [deploy] = listCalls('deploy');
    expect(option(deploy as Call, '--stack-name')).toBe('s-web');
    expect(option(deploy as Call, '--template-file')).toMatch(/web-page\.yaml$/);
    const parameters = deploy?.args.slice(deploy.args.indexOf('--parameter-overrides') + 1);
    expect(parameters).toEqual([
      `WebSocketUrl=${URL}`,
      `BroadcastUrl=${BROADCAST_URL}`,
      'Domain=chat.example.com',
    ]);
  });

  it('uploads nothing if the page stack cannot be created, and prints how to try again', async () => {
    setState(OUTPUTS, true);
    await expect(upload(page)).rejects.toThrow(
      /The stack s-web was not deployed; the chat is not affected[\s\S]*npm run deploy:web -- --stack s --delete/,
    );
    expect(listCalls('put-object')).toEqual([]);
  });

  it('changes nothing if the stack is not a chat stack', async () => {
    setState({});
    await expect(upload(page)).rejects.toThrow('The stack s has no output WebSocketUrl.');
    expect(listCalls('deploy')).toEqual([]);
  });

  it('empties the bucket before it deletes the stack, and also deletes a stack without a bucket', async () => {
    expect(await upload('--delete')).toBe('Deleted the stack s-web.\n');
    expect(listCalls('rm')[0]?.args).toEqual(['s3', 'rm', 's3://the-bucket', '--recursive']);
    setState({});
    expect(await upload('--delete')).toBe('Deleted the stack s-web.\n');
    expect(listCalls('rm')).toHaveLength(1);
    const deletions = listCalls('delete-stack').map((call) => option(call, '--stack-name'));
    expect(deletions).toEqual(['s-web', 's-web']);
  });
});
