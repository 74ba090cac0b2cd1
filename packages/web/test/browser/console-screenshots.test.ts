import { ChatConnection } from '../../../../testbed/chat-clients';
import { eventually } from '../../../../testbed/client';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';

const MEMBERS = 5;

interface Screenshot {
  readonly name: string;
  readonly height: number;
  readonly view: string;
  /** Matches an element that exists when the view has loaded its data. */
  readonly selector: string;
  /** The elements to click before the screenshot. */
  readonly clicked?: readonly string[];
}

const SCREENSHOTS: readonly Screenshot[] = [
  {
    name: 'trace',
    height: 960,
    view: 'traces',
    selector: '.waterfall .span:nth-child(20)',
  },
  { name: 'execution', height: 900, view: 'executions', selector: '.box.ran' },
  {
    name: 'service-map',
    height: 740,
    view: 'map',
    selector: '.node',
    clicked: ['.node:has-text("SendmessageFunction")'],
  },
  {
    name: 'frames',
    height: 760,
    view: 'frames',
    selector: '#connection-list .row',
    // The sender connected first, and the newest connection is at the top.
    clicked: [
      `#connection-list .row[aria-posinset="${MEMBERS}"]`,
      '#frame-list .row:has-text("sendmessage")',
      '.details h4:has-text("Reply")',
    ],
  },
  { name: 'connections', height: 460, view: 'connections', selector: 'tbody tr' },
];

const setup = setUpStackAndBrowser();
const connections: ChatConnection[] = [];

/** Sends a message to the lobby and waits until its workflow has ended. */
async function send(text: string): Promise<void> {
  const before = (await setup.stack.executions()).length;
  await connections[0]?.request('sendmessage', { room: 'lobby', text });
  await eventually(async () => (await setup.stack.executions()).length > before);
}

// The console's own tests run in sam-offline. These screenshots show the chat, because the documentation is about it.
describe('console screenshots of the chat', () => {
  beforeAll(async () => {
    for (let i = 0; i < MEMBERS; i += 1) {
      connections.push(await ChatConnection.open(setup.stack.wsUrl, undefined, undefined, { room: 'lobby' }));
    }
    const { room } = await (connections[0] as ChatConnection).request('createRoom');
    for (const connection of connections.slice(1)) await connection.request('joinRoom', { room });
    // The first messages include cold starts.
    for (let i = 0; i < 12; i += 1) await send(`message ${i}`);
  });

  it.each(SCREENSHOTS)(
    'creates the $name screenshots',
    async ({ name, height, view, selector, clicked = [] }) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await setup.browser.newContext({ viewport: { width: 1280, height }, colorScheme });
        const page = await context.newPage();
        await page.goto(`${setup.stack.httpUrl}/_local/#/${view}`);
        await page.waitForSelector(selector);
        for (const element of clicked) await page.locator(element).first().click();
        await takeScreenshot(page, `console-${name}-${colorScheme}`);
        await context.close();
      }
    },
  );
});
