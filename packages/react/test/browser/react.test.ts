import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../../../testbed/browser';
import { ChatConnection } from '../../../../testbed/chat-clients';
import { eventually } from '../../../../testbed/client';
import { type Stack, startStack } from '../../../../testbed/stack';
import type { PageApi } from './page';

declare const pageApi: PageApi;

const folder = join(__dirname, '../..');
const example = readFileSync(join(folder, 'example/chat.tsx'), 'utf8');

/** Bundles the page, with the URL of the local runtime in the example. */
async function bundlePage(wsUrl: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'page.tsx')],
    bundle: true,
    write: false,
    jsx: 'automatic',
    alias: {
      '@roomcast/client': join(folder, '../client/src/index.ts'),
      '@roomcast/react': join(folder, 'src/index.ts'),
    },
    define: { 'process.env.NODE_ENV': '"development"' }, // Strict Mode has no effect in production.
    plugins: [
      {
        name: 'url',
        setup: ({ onLoad }) =>
          onLoad({ filter: /example.chat\.tsx$/ }, () => ({
            contents: example.replace(/wss:[^']*/, wsUrl),
            loader: 'tsx',
          })),
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}

describe('hooks in Chromium', () => {
  let browser: Browser;
  let page: Page;
  let stack: Stack;
  let ada: ChatConnection;
  let script: string;
  let warnings: string[];
  /** The actions that the page requested. */
  let actions: string[];

  beforeAll(async () => {
    stack = await startStack();
    script = await bundlePage(stack.wsUrl);
    browser = await launchBrowser();
    ada = await ChatConnection.open(stack.wsUrl);
  });
  afterAll(async () => {
    ada?.drop();
    await browser?.close();
    await stack?.stop();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    warnings = [];
    actions = [];
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => actions.push(JSON.parse(String(payload)).action)),
    );
    page.on('pageerror', ({ message }) => warnings.push(message));
    page.on('console', (message) => {
      if (
        ['error', 'warning'].includes(message.type()) &&
        !/net::ERR_|WebSocket|Failed to load/.test(message.text())
      )
        warnings.push(message.text());
    });
    await page.goto(`${stack.httpUrl}/_local/health`); // `about:blank` has no localStorage.
    await page.setContent('<div id="app"></div>');
    await page.addScriptTag({ content: script });
  });
  afterEach(async () => {
    expect([await page.evaluate(() => pageApi.errors), warnings]).toEqual([[], []]);
    await page.close();
  });

  it('runs the example in the README', async () => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`\`\`\`tsx\n${example}\`\`\``);
    await ada.request('joinRoom', { room: 'lobby', username: 'Grace' });
    await ada.request('sendmessage', { room: 'lobby', text: 'before the join' });
    await page.evaluate(() => pageApi.showExample());
    await page.getByText('Grace: before the join').waitFor();
    const field = page.getByRole('textbox', { name: 'Message' });
    await field.fill('hello');
    await field.press('Enter');
    await page.getByText('Ada: hello').waitFor();
    expect(await field.inputValue()).toBe('');
    await ada.request('sendmessage', { room: 'lobby', text: '<b>hi</b>' });
    await page.getByText('Grace: <b>hi</b>').waitFor();
    expect(await page.locator('p').allTextContents()).toEqual([
      'Grace: before the join',
      'Ada: hello',
      'Grace: <b>hi</b>',
    ]);
  });

  it('hydrates, follows the room across a lost connection, and leaves it when the components are removed', async () => {
    const { room } = await ada.request('createRoom', { username: 'Grace', name: 'Kitchen' });
    const send = (text: string) => ada.request('sendmessage', { room, text });
    await send('one');
    const before = await stack.connections();
    await page.evaluate(([url, number]) => pageApi.showRoom(url, number), [stack.wsUrl, room] as const);
    await page.getByRole('heading', { name: 'joined online Kitchen 2' }).waitFor();
    const texts = () => page.locator('ol li').allTextContents();
    await eventually(async () => (await texts()).join() === 'one');
    await eventually(async () => (await page.locator('ul li').allTextContents()).join() === 'Bob,Grace');

    const known = before.map(({ connectionId }) => connectionId);
    const [connection] = (await stack.connections()).filter(
      ({ connectionId }) => !known.includes(connectionId),
    );
    await page.context().setOffline(true);
    await stack.drop(connection?.connectionId ?? '');
    const { seq } = await send('two');
    await send('three');
    await ada.request('editMessage', { room, seq, text: 'due' });
    await page.context().setOffline(false);
    await eventually(async () => (await texts()).join() === 'one,due,three');

    expect(actions).not.toContain('leaveRoom');
    await page.evaluate(() => pageApi.remove());
    await eventually(async () => actions.includes('leaveRoom'));
  });
});
