import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type Runtime, startRuntime } from '../../src/app/runtime';
import { findViolations } from './support/axe';
import { launchBrowser } from './support/browser';

/** The Content-Security-Policy of the page allows no inline scripts and styles, and no other origins. */
const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild }
    Properties: { Runtime: nodejs24.x, Handler: hello.handler }
  Web:
    Type: AWS::S3::Bucket
    Metadata: { Website: { Folder: dist, Build: { Command: [node, build.js], Sources: [page.html] } } }
  Headers:
    Type: AWS::CloudFront::ResponseHeadersPolicy
    Properties:
      ResponseHeadersPolicyConfig:
        Name: strict
        SecurityHeadersConfig:
          ContentSecurityPolicy:
            Override: true
            ContentSecurityPolicy: "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
  Site:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins: [{ Id: web, DomainName: !GetAtt Web.RegionalDomainName, S3OriginConfig: {} }]
        DefaultCacheBehavior: { TargetOriginId: web, ViewerProtocolPolicy: redirect-to-https, ResponseHeadersPolicyId: !Ref Headers }
`;
const BUILD = `
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const page = readFileSync('page.html', 'utf8');
if (page.includes('<broken')) throw new Error('page.html: <broken> is not an element');
mkdirSync('dist', { recursive: true });
writeFileSync('dist/index.html', page);
`;
const PAGE = '<!doctype html><html lang="en"><head><title>App</title></head><body><main><h1>App</h1>';

let folder: string;
let runtime: Runtime;
let browser: Browser;
let page: Page;
let savedFiles = 0;
const errors: string[] = [];

/** Saves a file, and sets a later modification time than any earlier call. */
function save(name: string, text: string): void {
  const file = join(folder, name);
  writeFileSync(file, text);
  savedFiles += 1;
  utimesSync(file, new Date(), new Date(Date.now() + savedFiles * 60_000));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'page-build-errors-'));
  mkdirSync(join(folder, 'dist'));
  save('template.yaml', TEMPLATE);
  save('build.js', BUILD);
  save('hello.ts', 'export const handler = async () => 1;');
  writeFileSync(join(folder, 'page.html'), PAGE);
  writeFileSync(join(folder, 'dist', 'index.html'), PAGE);
  runtime = await startRuntime({ template: join(folder, 'template.yaml'), port: 0 });
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(`http://localhost:${runtime.port}/`);
});
afterAll(async () => {
  await browser?.close();
  await runtime?.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => expect(errors).toEqual([]));

const alert = () => page.getByRole('alert');
const waitForNoError = () =>
  page.getByText('Build failed').or(page.getByText('of the web page')).waitFor({ state: 'detached' });

describe('an open page', () => {
  it('shows why a build of the functions failed until the next successful build', async () => {
    save('hello.ts', 'export const handler = ;');
    await expect(runtime.rebuild()).rejects.toThrow();
    await alert().getByText('hello.ts:1:24: Unexpected ";"').waitFor();
    expect(await findViolations(page)).toEqual([]);
    save('hello.ts', 'export const handler = async () => 2;');
    await runtime.rebuild();
    await waitForNoError();
  });

  it('shows why a build of the website failed until the next successful build', async () => {
    save('page.html', `${PAGE}<broken>`);
    await alert().getByText('<broken> is not an element').waitFor();
    save('page.html', PAGE);
    await waitForNoError();
  });

  it('hides an error on request, and shows the next error', async () => {
    save('hello.ts', 'export const handler = ;');
    await expect(runtime.rebuild()).rejects.toThrow();
    await page.getByRole('button', { name: 'Hide' }).click();
    await waitForNoError();
    save('hello.ts', 'export const handler = )');
    await expect(runtime.rebuild()).rejects.toThrow();
    await alert().getByText('Unexpected ")"').waitFor();
  });
});
