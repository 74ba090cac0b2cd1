import { readFileSync } from 'node:fs';
import { findViolations } from './support/axe';
import { app, CONNECTIONS, ignoreErrors, open, page, setUpConsole, WIDTHS } from './support/console';
import { CYCLE } from './support/service-map';

setUpConsole();

/** Opens an address as if in a new window. */
async function openAgain(address = page.url()): Promise<void> {
  await page.goto('about:blank');
  await page.goto(address);
}

/** Returns the name of the focused element. */
const focusedName = () =>
  page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent') as Promise<string>;

/** Presses Tab until a matching element has the focus, and checks that the focus is visible. */
async function tabTo(selector: string): Promise<void> {
  const focused = page.locator(selector).and(page.locator(':focus'));
  for (let presses = 0; (await focused.count()) === 0; presses += 1) {
    if (presses === 40) throw new Error(`The Tab key does not reach ${selector}.`);
    await page.keyboard.press('Tab');
  }
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
}

/** Opens a trace with a failed call and an expected rejection. The clock of the rejected call is behind. */
async function openFailedTrace(): Promise<void> {
  const call = { namespace: 'aws', name: 'Service', end_time: 101 };
  const segments = [
    {
      id: 'root',
      trace_id: '1-a',
      name: 'Root',
      start_time: 100,
      end_time: 102,
      subsegments: [
        { ...call, id: 'race', start_time: 99.999, aws: { operation: 'PutItem' } },
        { ...call, id: 'failed', start_time: 100.5, aws: { operation: 'PutEvents' } },
      ],
    },
  ];
  await page.route('**/_local/traces/1-a?*', (route) =>
    route.fulfill({ json: { id: '1-a', segments, outcomes: { race: 'expected', failed: 'fault' } } }),
  );
  await open('traces/1-a');
}

describe('the console', () => {
  it('shows new traces without a reload', async () => {
    await open('traces');
    await page.waitForSelector('#trace-list .row');
    await app.placeOrder('live-update');
    await page.getByRole('option', { name: 'orderId=live-update' }).waitFor();
  });

  it('draws the spans of a request, from the function to the notifications', async () => {
    await app.placeOrder('traced');
    await open('traces');
    await page.fill('#trace-filter', 'traced');
    await page.locator('#trace-list .row').first().click();
    const spans = page.locator('.waterfall');
    for (const name of ['PutItem', 'PutEvents', 'Query connections', 'Invoke', 'PostToConnection']) {
      await spans.getByText(name, { exact: true }).first().waitFor();
    }
    await spans.getByText('handler of placeorder', { exact: true }).click();
    await page.locator('.details dt', { hasText: 'orderId' }).waitFor();
  });

  it('explains a failed condition that the caller handled, and does not mark it as a failure', async () => {
    await app.placeOrder('sent-twice');
    app.sendOrder('sent-twice', 'north');
    await open('traces');
    await page.selectOption('#trace-outcome', 'expected');
    await page.fill('#trace-filter', 'sent-twice');
    await page.locator('#trace-list .row').first().click();
    await page.locator('.span.expected', { hasText: 'PutItem' }).click();
    await page.locator('.details .meaning', { hasText: 'which the caller handled' }).waitFor();
    expect(await page.locator('.span:is(.fault, .error)').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'First error' }).count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await page.selectOption('#trace-outcome', 'any');
    await page.locator('.row', { hasText: 'sent-twice' }).waitFor({ state: 'detached' });
    await open('map');
    await page.waitForSelector('.node.dynamodb');
    expect(await page.locator('.node.dynamodb .outcome').count()).toBe(0);
    expect(await page.locator('.edge.error').count()).toBe(0);
    expect(await page.locator('.legend li').count()).toBe(3);
  });

  it('marks failed calls in the service map', async () => {
    const map = { ...CYCLE, nodes: CYCLE.nodes.map((node) => ({ ...node, faults: 24 })) };
    await page.route('**/_local/map?*', (route) =>
      route.fulfill({ json: { ...map, edges: map.edges.map((edge) => ({ ...edge, errors: 1 })) } }),
    );
    await open('map');
    await page.locator('.node .outcome.fault', { hasText: '24 faults' }).first().waitFor();
    expect(await page.locator('.edge.error').count()).toBe(CYCLE.edges.length);
    expect(await findViolations(page)).toEqual([]);
  });

  it('supports keyboard navigation', async () => {
    await open('traces');
    await page.waitForSelector('#trace-list .row');
    await page.focus('#trace-list');
    await page.keyboard.press('End');
    const last = page.locator('#trace-list [aria-selected="true"]');
    await last.waitFor();
    expect(await last.getAttribute('aria-posinset')).toBe(await last.getAttribute('aria-setsize'));
    await page.focus('.waterfall');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.waterfall [aria-selected="true"]').getAttribute('id')).toBe('span-1');
  });

  it('shows the input and output of a state and of one iteration', async () => {
    await app.placeOrder('inspected');
    await open('executions');
    await page.locator('.box', { hasText: 'Query connections' }).click();
    await page.locator('.details pre[aria-label="Output"]', { hasText: 'batches' }).waitFor();
    await page.selectOption('#iteration', { index: 1 });
    await page.locator('.box.ran', { hasText: 'Query connections' }).waitFor();
  });

  it('has an address for each span and each state', async () => {
    const span = page.locator('.waterfall [aria-selected=true]', { hasText: 'Notify batch' });
    const state = (name: string) => page.locator(`.box[title="${name}"][aria-pressed=true]`);

    await app.placeOrder('linked');
    await open('traces');
    await page.fill('#trace-filter', 'linked');
    await page.locator('#trace-list .row').first().click();
    await page.locator('.waterfall').getByText('Notify batch', { exact: true }).last().click();
    const id = await page.locator('.details .id').first().textContent();
    await openAgain();
    await span.waitFor();
    expect(await page.locator('.details .id').first().textContent()).toBe(id);

    await page.getByRole('link', { name: 'View this state' }).click();
    await state('Notify batch').waitFor();
    const iteration = await page.inputValue('#iteration');
    expect(iteration).toMatch(/^Notify batches\[\d+\]\/$/);
    await page.selectOption('#iteration', { label: 'Whole execution' });
    await page.selectOption('#visit', { index: 1 });
    await openAgain();
    await state('Notify batch').waitFor();
    expect([await page.inputValue('#iteration'), await page.inputValue('#visit')]).toEqual(['', '1']);
    await page.locator('.box[title="Notify batches"]').click();
    await state('Notify batches').waitFor();
    await openAgain();
    await state('Notify batches').waitFor();

    await page.getByRole('link', { name: 'Trace', exact: true }).click();
    await page.getByRole('link', { name: 'View this execution' }).waitFor();
  });

  it('lists executions with their input, newest first, and filters them', async () => {
    await app.placeOrder('listed');
    await app.placeOrder('listed-later');
    await open('executions');
    const rows = page.locator('#execution-list .row');
    await rows.first().locator('.tags', { hasText: 'listed-later' }).waitFor();
    await page.fill('#execution-filter', 'succeeded listed-later');
    await page.getByText(/^1 of \d+$/).waitFor();
    expect(await rows.count()).toBe(1);
    await page.fill('#execution-filter', 'no such execution');
    await rows.first().waitFor({ state: 'detached' });
    expect(await findViolations(page)).toEqual([]);
  });

  it('describes executions and events by their trigger and the fields that differ', async () => {
    const put = (room: string) =>
      app.putEvent('OrderPlaced', { version: 1, acceptedAt: Date.now(), desk: 'hall', room, orderId: 'put' });
    for (const room of ['attic', 'cellar']) await put(room);
    await open('executions');
    const tags = page.locator('#execution-list .tags', { hasText: 'room=attic' });
    await tags.waitFor();
    expect(await tags.textContent()).toMatch(/^OrderPlaced · (?!.*(?:version|acceptedAt)=).*room=attic/);
    expect(await tags.getAttribute('title')).toMatch(
      /^OrderPlaced · version=1 acceptedAt=\d+ .*room=attic.* · by NotifyStateMachineOrderPlaced · /,
    );
    await page.fill('#execution-filter', 'version=1 room=cellar');
    await page.getByText(/^1 of \d+$/).waitFor();

    await open('events');
    await page.locator('#event-list .tags', { hasText: /^desk=hall room=attic/ }).waitFor();
    await page.fill('#event-filter', 'version=1 cellar');
    await page.getByText(/^1 of \d+$/).waitFor();
  });

  it('keeps the lists of iterations and visits within their panels', async () => {
    await app.placeOrder('narrow');
    for (const width of [360, 1000, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await open('executions');
      if (width === 360) await page.locator('#execution-list .row').first().click();
      await page.waitForSelector('#iteration');
      const outside = await page.evaluate(`[...document.querySelectorAll('select')].filter((select) => {
        const { left, right } = select.getBoundingClientRect();
        const panel = select.closest('.details, .bar').getBoundingClientRect();
        return left < panel.left || right > panel.right;
      }).length`);
      expect(outside).toBe(0);
    }
  });

  it('shows the rules that an event matched, and why a rule did not match', async () => {
    await open('events');
    await page.locator('.verdict.ok', { hasText: '→ NotifyStateMachine delivered' }).waitFor();
    await page.getByRole('button', { name: 'Edit and put again' }).click();
    const dialog = page.getByRole('dialog', { name: 'Put an event' });
    await dialog.getByLabel('Source').fill('elsewhere');
    await dialog.getByLabel('Detail', { exact: true }).fill('{');
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Put event' }).click();
    await dialog.getByText('The detail is not valid JSON').waitFor();
    await dialog.getByLabel('Detail', { exact: true }).fill('{"orderId":"put-by-hand"}');
    await dialog.getByRole('button', { name: 'Put event' }).click();
    await page.getByText('source is "elsewhere", but the rule expects ["orders"]').waitFor();
    await page.locator('#event-list [aria-selected=true]', { hasText: 'no rule' }).waitFor();
  });

  it('finds the events that a rule did not match', async () => {
    await open('events');
    await page.getByRole('button', { name: 'Put event' }).click();
    const dialog = page.getByRole('dialog', { name: 'Put an event' });
    await dialog.getByLabel('Event bus').selectOption({ label: 'OrderBus' });
    await dialog.getByLabel('Detail type').fill('OrderMisspelled');
    await dialog.getByRole('button', { name: 'Put event' }).click();
    await page.locator('#event-list [aria-selected=true]', { hasText: 'OrderMisspelled' }).waitFor();
    const rows = page.locator('#event-list .row');
    const misspelled = rows.filter({ hasText: 'OrderMisspelled' });
    const placed = rows.filter({ hasText: '1 rule' });
    for (const label of ['Did not match NotifyStateMachineOrderPlaced', 'Matched no rule']) {
      await page.getByLabel('Rule', { exact: true }).selectOption({ label });
      await placed.first().waitFor({ state: 'detached' });
      await misspelled.first().waitFor();
    }
    await page
      .getByLabel('Rule', { exact: true })
      .selectOption({ label: 'Matched NotifyStateMachineOrderPlaced' });
    await misspelled.first().waitFor({ state: 'detached' });
    await placed.first().waitFor();
    expect(await findViolations(page)).toEqual([]);
  });

  it('puts the event of a dead-letter message on the original bus', async () => {
    const [summary] = (await (await fetch(`${app.url}/_local/events`)).json()) as { key: string }[];
    const response = await fetch(`${app.url}/_local/events/${encodeURIComponent(summary?.key ?? '')}`);
    const { event } = (await response.json()) as { event: object };
    const attributes = {
      execution: { StringValue: 'arn:aws:states:us-east-1:123456789012:express:Notify:a:b' },
    };
    const message = { id: 'm', body: JSON.stringify(event), sentAt: 0, receiveCount: 0, attributes };
    const queue = { logicalId: 'Letters', visible: 1, notVisible: 0, delayed: 0, sources: [] };
    await page.route('**/_local/queues?', (route) =>
      route.fulfill({ json: [{ ...queue, messages: [message] }] }),
    );
    await open('queues');
    await page.getByRole('link', { name: /^arn:aws:states:.*:express:Notify/ }).waitFor();
    await page.getByRole('button', { name: 'Put this event again' }).click();
    const bus = page.getByRole('dialog').getByLabel('Event bus');
    await bus.waitFor();
    expect(await bus.locator(':checked').textContent()).toBe('OrderBus');
  });

  it('prices the session, and projects the price for more users', async () => {
    await open('cost');
    await page.getByRole('row', { name: /^EventBridge events \d/ }).waitFor();
    await page.getByLabel('Users of this session').fill('1');
    await page.getByLabel('Projected users').fill('3');
    const ten = await page.locator('.cost .card .value').textContent();
    expect(ten).toContain('for 10 users');
    await page.getByLabel('Projected users').fill('18');
    await page.locator('.cost .card .value', { hasText: 'for 1,000,000 users' }).waitFor();
    await page.getByLabel('Hours').fill('5');
    const dollars = (text: string | null, pattern: RegExp) =>
      Number(pattern.exec(text ?? '')?.[1]?.replaceAll(',', ''));
    const pace = await page.getByText('At this pace:').textContent();
    const perHour = dollars(pace, /\$([\d,.]+) per hour/);
    expect(dollars(pace, /\$([\d,.]+) in 5 hours/) / perHour).toBeCloseTo(5, 0);
    await page.getByRole('button', { name: 'Count from now' }).click();
    await page.getByText('No usage yet.').waitFor();
    const since = /since \S+/.exec((await page.locator('main .bar').textContent()) ?? '')?.[0] ?? '';
    await page.reload();
    await page.getByText(since).waitFor();
    await app.connect('west');
    await app.connect('west');
    const users = page.getByLabel('Users of this session');
    while ((await users.inputValue()) !== '2') await page.waitForTimeout(50);
    await page.getByRole('button', { name: 'Count from the start' }).click();
  });

  it('shows the prices on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    await open('cost');
    const price = page.locator('.cost-lines tbody tr').first().locator('td').nth(4);
    await price.waitFor();
    const box = await price.boundingBox();
    expect((box?.x ?? 360) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
  });

  it('runs an execution again with an edited input', async () => {
    await app.placeOrder('original');
    await open('executions');
    await page.locator('#execution-list .row', { hasText: 'OrderPlaced' }).first().waitFor();
    await page.getByText('started by NotifyStateMachineOrderPlaced').waitFor();
    await page.getByRole('button', { name: 'Run again' }).click();
    const input = page.getByRole('dialog').getByLabel('Input');
    await input.fill((await input.inputValue()).replace('original', 'edited'));
    await page.getByRole('button', { name: 'Start execution' }).click();
    await page.getByText('started by a developer').waitFor();
    await page.locator('#execution-list [aria-selected=true]', { hasText: 'orderId=edited' }).waitFor();
  });

  it('redrives a dead-letter queue, and has an address for each of its messages', async () => {
    await app.failMessage('failed-once');
    await open('queues');
    const message = (queue: string) => page.locator(`#queue-${queue} li`, { hasText: 'failed-once' });
    await message('UndeliveredQueue').waitFor();
    await message('UndeliveredQueue').locator('a.plain-link').click();
    await openAgain();
    await page.locator('#queue-UndeliveredQueue li.marked', { hasText: 'failed-once' }).waitFor();
    await page.getByRole('button', { name: 'Redrive to RetryQueue' }).click();
    await message('RetryQueue').waitFor();
    await page.locator('#queue-UndeliveredQueue', { hasText: /Moved [1-9]\d* messages? at/ }).waitFor();
    expect(await focusedName()).toBe('Redrive to RetryQueue');
    await openAgain(`${page.url()}x`);
    await page.getByText('The message of this address has left the queue.').waitFor();
  });

  it('finds a row by its key, edits it and deletes it', async () => {
    await app.placeOrder('row');
    await open('tables/OrdersTable');
    await page.getByLabel('Key', { exact: true }).fill('row');
    await page.getByLabel('Key', { exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Edit row' }).click();
    const item = page.getByRole('dialog').getByLabel('Item in DynamoDB JSON');
    expect(await item.evaluate('document.activeElement.id')).toBe('field-item');
    await item.fill('{"orderId":{"S":"row"},"desk":{"S":"edited-desk"}}');
    await page.getByRole('button', { name: 'Put item' }).click();
    await page.locator('.items', { hasText: 'edited-desk' }).waitFor();
    expect(await focusedName()).toBe('Edit row');
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete row' }).click();
    await page.getByRole('dialog').getByLabel('Key', { exact: true }).getByText('"orderId": "row"').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete item' }).click();
    await page.locator('.items', { hasText: '0 items' }).waitFor();
  });

  it('edits the whole item if an index contains only a part of it', async () => {
    await open('tables/ConnectionsTable/DeskIndex?partition=north');
    expect(await page.locator('.items').getByText('connectedAt').count()).toBe(0);
    await page.getByRole('button', { name: /^Edit/ }).first().click();
    const item = page.getByRole('dialog').getByLabel('Item in DynamoDB JSON');
    await item.waitFor();
    expect(JSON.parse(await item.inputValue())).toMatchObject({ connectedAt: { N: expect.anything() } });
  });

  it('has an address for each item, frame, log line, metric and service', async () => {
    await app.placeOrder('addressed');
    await open('tables/OrdersTable?partition=addressed');
    await page.getByRole('link', { name: 'addressed', exact: true }).last().click();
    await page.locator('.items li[aria-current=true]').waitFor();
    await openAgain();
    await page.locator('.items li[aria-current=true]', { hasText: 'addressed' }).waitFor();
    await openAgain(`${page.url()}x`);
    await page.getByText('The item of this address is not in the list.').waitFor();

    await open('queues/NoQueue');
    await page.getByText('There is no queue NoQueue.').waitFor();

    await open('frames');
    await page.locator('#frame-list .row', { hasText: '$connect' }).click();
    const frame = page.url();
    expect(frame).toMatch(/\/frames\/.+\/\d+$/);
    await openAgain();
    await page.locator('.details h3', { hasText: 'Handshake' }).waitFor();
    await openAgain(`${frame}000`);
    await page.getByText('This frame is no longer available.').waitFor();

    await open('logs');
    await page.fill('#log-text', 'addressed');
    await page.locator('.row', { hasText: 'Order placed' }).first().click();
    await openAgain();
    await page.locator('.row[aria-selected=true]', { hasText: 'addressed' }).waitFor();
    await page.locator('.details', { hasText: 'PlaceOrderFunction' }).waitFor();
    await openAgain(page.url().replace(/line=\d+/, '$&000'));
    await page.getByText('This log line is no longer available.').waitFor();
    await open('logs?request=unknown');
    await page.getByText('No log lines with this ID are available.').waitFor();

    await open('metrics');
    await page.getByRole('link', { name: 'OrdersPlaced' }).click();
    await openAgain();
    await page.locator('.card.marked', { hasText: 'OrdersPlaced' }).waitFor();
    await open('metrics/No/Metric');
    await page.getByText('The metric No/Metric has no values').waitFor();

    await open('map');
    await page.locator('.node', { hasText: 'PlaceOrderFunction' }).click();
    await openAgain();
    await page.locator('.node[aria-pressed=true]', { hasText: 'PlaceOrderFunction' }).waitFor();
  });

  it('keeps the filters of a list in the address', async () => {
    await app.placeOrder('kept-filter');
    await open('executions');
    await page.fill('#execution-filter', 'kept-filter');
    await page.waitForURL(/\?filter=kept-filter$/);
    await page.locator('#execution-list .row').first().click();
    await page.locator('.box', { hasText: 'Query connections' }).click();
    await page.waitForURL(/\?state=Query\+connections&filter=kept-filter$/);
    await page.reload();
    await page.locator('.box[title="Query connections"][aria-pressed=true]').waitFor();
    await page.getByText(/^1 of \d+$/).waitFor();
    await page.locator('[data-tab=logs]').click();
    await page.waitForSelector('main.logs .row');
    await page.selectOption('#log-function', 'PlaceOrderFunction');
    await page.waitForURL(/logs\?filter-function=PlaceOrderFunction$/);
    await page.locator('.row', { hasText: 'Order placed' }).first().click();
    await page.getByRole('link', { name: 'Invocation logs' }).click();
    await page.waitForURL(/logs\?request=[^&]+&filter-function=PlaceOrderFunction$/);
    await page.goBack();
    await page.goBack();
    await page.waitForSelector('main.executions');
    expect(await page.inputValue('#execution-filter')).toBe('kept-filter');
    await page.getByText(/^1 of \d+$/).waitFor();
    await open('traces?filter=kept&filter-result=none&filter-duration=0.01');
    await page.waitForSelector('main.traces');
    expect(await page.inputValue('#trace-filter')).toBe('kept');
    expect([await page.inputValue('#trace-outcome'), await page.inputValue('#trace-duration')]).toEqual([
      '',
      '0.01',
    ]);
    await page.locator('[data-tab=traces]').click();
    await page.waitForURL(/filter=kept/);
    await open('traces?filter=other');
    await page.waitForFunction(`document.querySelector('#trace-filter').value === 'other'`);
  });

  it.each([
    ['traces/1-00000000-000000000000000000000000', 'This trace is no longer available.'],
    ['executions/arn:aws:states:us-east-1:1:express:a:b:c', 'This execution is no longer available.'],
    ['events/none', 'This event is no longer available.'],
    ['frames/none', 'This connection is no longer available.'],
    ['traces/%', 'This trace is no longer available.'],
  ])('says that the object at %s is no longer available', async (path, text) => {
    // The browser logs the responses with status 404.
    page.removeAllListeners('console');
    await open(path);
    await page.getByText(text).waitFor();
  });

  it('can be used with the keyboard only', async () => {
    await app.placeOrder('by-keyboard');
    await open('traces');
    await page.waitForSelector('#trace-list .row');
    await page.keyboard.press('4');
    await page.waitForSelector('main.executions .box.ran');
    // The Tab key continues in the view, and not in the header.
    await tabTo('#execution-filter');
    await tabTo('#execution-list');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await tabTo('button:text("Run again")');
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog');
    await dialog.waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('field-input');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await focusedName()).toBe('Run again');
    await page.keyboard.press('Enter');
    await tabTo('button:text("Start execution")');
    await page.keyboard.press('Enter');
    await page.getByText('started by a developer').waitFor();
    expect(await focusedName()).toBe('Run again');
    await page.keyboard.press('?');
    await page.keyboard.press('Escape');
    expect(await focusedName()).toBe('Run again');
  });

  it('returns the focus to a button that was drawn again while its dialog was open', async () => {
    await app.placeOrder('drawn-again');
    await open('executions');
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('dialog').waitFor();
    await page.evaluate(`{
      const button = [...document.querySelectorAll('main button')].find(({ textContent }) => textContent === 'Run again');
      button.replaceWith(button.cloneNode(true));
    }`);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(await focusedName()).toBe('Run again');
  });

  it('selects spans page by page with the keyboard', async () => {
    await open('traces');
    await page.focus('.waterfall');
    const selected = page.locator('.waterfall [aria-selected=true]');
    await page.keyboard.press('PageDown');
    expect(await selected.getAttribute('id')).not.toBe('span-0');
    await page.keyboard.press('PageUp');
    expect(await selected.getAttribute('id')).toBe('span-0');
  });

  it('copies the IDs of a frame', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await app.placeOrder('copied-ids');
    await open('frames');
    await page.locator('#connection-list .row').last().click();
    await page.locator('#frame-list .row', { hasText: '"orderId":"copied-ids"' }).last().click();
    for (const name of ['Request ID', 'Lambda request ID']) {
      await page.getByRole('button', { name: `Copy ${name}` }).click();
      const value = page.locator('.details dl > div', { has: page.getByText(name, { exact: true }) });
      const copied = await page.evaluate('navigator.clipboard.readText()');
      expect(await value.locator('dd').textContent()).toContain(copied);
    }
    await page.getByRole('button', { name: 'Copy connection ID' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      await page.locator('.detail .bar h2').textContent(),
    );
  });

  it('pauses the live view, and lists the shortcuts', async () => {
    await open('traces');
    await page.waitForSelector('#trace-list .row');
    await page.keyboard.press('p');
    await page.getByText('Paused', { exact: true }).waitFor();
    await app.placeOrder('while-paused');
    await page.getByText('Paused, new data', { exact: true }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('option', { name: 'orderId=while-paused' }).count()).toBe(0);
    await page.keyboard.press('p');
    await page.getByRole('option', { name: 'orderId=while-paused' }).waitFor();
    await page.keyboard.press('4');
    await page.waitForSelector('main.executions');
    await page.keyboard.press('=');
    await page.waitForSelector('main.queues');
  });

  it('collapses spans, and expands them to show the first error of a trace', async () => {
    await openFailedTrace();
    const failed = page.locator('.waterfall .span.fault', { hasText: 'PutEvents' });
    await failed.waitFor();
    await page.locator('#span-0').click();
    await page.focus('.waterfall');
    await page.keyboard.press('ArrowLeft');
    await failed.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'First error' }).click();
    await page.locator('.waterfall [aria-selected=true]', { hasText: 'PutEvents' }).waitFor();
  });

  it('shows no negative start for a span whose clock is behind', async () => {
    await openFailedTrace();
    await page.locator('.waterfall .span', { hasText: 'PutItem' }).click();
    await page.locator('.details dd', { hasText: '+0.00 ms' }).waitFor();
  });

  it('shows the first line of a message with a stack trace, and lists errors of the runtime as errors', async () => {
    const common = { time: Date.now(), function: 'NotifyFunction', requestId: 'r' };
    const message = 'Order not stored\n    at store (order.js:1:1)\n    at handler (order.js:2:2)';
    const lines = [
      { number: 1, stream: 'stdout', line: JSON.stringify({ level: 'ERROR', message }), ...common },
      { number: 2, stream: 'stderr', line: 'Invoke Error: TypeError: x is undefined', ...common },
      { number: 3, stream: 'stdout', line: 'no error', ...common },
    ];
    await page.route('**/_local/logs?*', (route) => route.fulfill({ json: lines }));
    await open('logs');
    await page.selectOption('#log-level', '2');
    await page.getByText('2 of 3', { exact: true }).waitFor();
    expect((await page.locator('.row .message').allTextContents()).map((text) => text.trim())).toEqual([
      'Invoke Error: TypeError: x is undefined',
      'Order not stored …',
    ]);
  });

  it('queries the logs, explains an invalid query, and keeps the query in the address', async () => {
    await open('logs');
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await page.fill('#log-query', 'filter message = "Order placed" | stats count(*) as lines by @function');
    await page.getByRole('button', { name: 'Run query' }).click();
    await page.getByRole('cell', { name: 'PlaceOrderFunction' }).waitFor();
    await openAgain();
    await page.getByRole('cell', { name: 'PlaceOrderFunction' }).waitFor();
    await page.fill('#log-query', 'stats');
    await page.locator('#log-query').press('Control+Enter');
    await page.getByText('Expected count, sum, avg, min, max').waitFor();
    await page.selectOption('#log-query-sample', { label: 'Slowest invocations' });
    await page.getByRole('columnheader', { name: '@duration' }).waitFor();
    await page.getByText('Syntax', { exact: true }).click();
    expect(await findViolations(page)).toEqual([]);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
    }
    await page.getByRole('link', { name: 'Show lines' }).click();
    await page.waitForSelector('.row .message');
  });

  it('invokes a function with a sample event, and lists its invocations and variables', async () => {
    await open('functions/PlaceOrderFunction');
    await page.locator('.functions dt', { hasText: 'ORDERS_TABLE' }).waitFor();
    await page.selectOption('#invoke-file', { label: 'placeorder.json' });
    // An order can be placed only once, and a later test places the order of the sample.
    const event = await page.inputValue('#invoke-event');
    await page.fill('#invoke-event', event.replace('sample', 'invoked'));
    await page.getByRole('button', { name: 'Invoke' }).click();
    await page.locator('pre[aria-label="Result"]', { hasText: '"statusCode": 200' }).waitFor();
    await page.getByRole('cell', { name: 'ok' }).first().waitFor();
    await page.fill('#invoke-event', '{ "body": ');
    await page.getByRole('button', { name: 'Invoke' }).click();
    await page.getByText('The event is not valid JSON').waitFor();
    await page.fill('#invoke-event', '{ "body": "no JSON" }');
    await page.getByRole('button', { name: 'Invoke' }).click();
    await page.getByText('The function failed').waitFor();
    const failed = page.getByRole('row', { name: 'SyntaxError' });
    await failed.first().waitFor();
    // New invocations do not replace the event that the user edits.
    expect(await page.inputValue('#invoke-event')).toBe('{ "body": "no JSON" }');
    await failed.first().getByRole('link', { name: 'Logs' }).click();
    await page.locator('.row .message', { hasText: 'SyntaxError' }).first().waitFor();
  });

  it('injects a fault, explains an invalid fault, and clears all faults', async () => {
    await open('faults');
    await page.selectOption('#fault-kind', 'duplicate');
    expect([await page.inputValue('#fault-service'), await page.isDisabled('#fault-action')]).toEqual([
      'events',
      true,
    ]);
    await page.selectOption('#fault-kind', 'throttle');
    await page.selectOption('#fault-service', 'lambda');
    await page.fill('#fault-action', 'ListFunctions');
    await page.fill('#fault-times', '1');
    await page.getByRole('button', { name: 'Inject' }).click();
    await page.locator('.faults li', { hasText: 'throttle lambda.ListFunctions' }).waitFor();
    await expect(app.listFunctions()).rejects.toThrow('Rate Exceeded');
    await page.getByRole('cell', { name: 'lambda.Throttle' }).waitFor();
    await page.fill('#fault-times', '');
    await page.evaluate("document.querySelector('#fault-share').removeAttribute('max')");
    await page.fill('#fault-share', '2');
    await page.getByRole('button', { name: 'Inject' }).click();
    await page.getByText('"share" must be a number from 0 to 1.').waitFor();
    await page.fill('#fault-share', '0.5');
    await page.getByRole('button', { name: 'Inject' }).click();
    await page.getByRole('button', { name: 'Clear all faults' }).click();
    await page.getByText('No faults.').waitFor();
    ignoreErrors('400'); // the response to the invalid fault
  });

  it('shows the start page in windows of every width, and links to the console', async () => {
    await page.goto(`${app.url}/_local/start`);
    await page.getByRole('link', { name: 'Functions' }).click();
    await page.locator('.card:target', { hasText: 'ConnectFunction' }).waitFor();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Console', exact: true }).first().click();
    await page.waitForSelector('#trace-list .row');
  });

  it('copies the commands of the start page', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`${app.url}/_local/start`);
    await page.setViewportSize({ width: 390, height: 844 });
    const command = page.locator('.command', { hasText: 'sam-offline invoke ConnectFunction' });
    const [text, button] = await Promise.all(
      ['pre', 'button'].map((tag) => command.locator(tag).boundingBox()),
    );
    expect((text?.x ?? 0) + (text?.width ?? 0)).toBeLessThanOrEqual(button?.x ?? 0);
    await command.getByRole('button', { name: 'Copy' }).click();
    await command.getByText('Copied', { exact: true }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      (await command.locator('pre').textContent())?.trim(),
    );
    expect(await findViolations(page)).toEqual([]);
  });

  it("shows the application's own metrics first and cold starts last, above a time axis", async () => {
    const series = ['AWS/Lambda Errors', 'Orders ColdStart', 'Orders Placed', 'Carts Opened'].map((each) => {
      const [namespace, name] = each.split(' ');
      const values = { samples: 1, sum: 1, minimum: 1, maximum: 1, last: 1 };
      return { namespace, name, unit: 'Count', dimensions: {}, ...values, steps: Array(60).fill(1) };
    });
    await page.route('**/_local/metrics?', (route) => route.fulfill({ json: series }));
    await open('metrics');
    await page.waitForSelector('.card');
    expect(await page.locator('.card h2').allTextContents()).toEqual([
      'Opened',
      'Placed',
      'Errors',
      'ColdStart',
    ]);
    expect(await page.locator('.card .axis').first().locator('span').allTextContents()).toEqual([
      '−5 min',
      '−2.5 min',
      'now',
    ]);
  });

  it('rounds the values of metrics, and shortens their units', async () => {
    const values = { samples: 7, sum: 900, minimum: 19.314307999999983, maximum: 471.118, last: 47.6789 };
    const series = {
      namespace: 'AWS/Lambda',
      name: 'Duration',
      unit: 'Milliseconds',
      dimensions: {},
      ...values,
    };
    await page.route('**/_local/metrics?', (route) =>
      route.fulfill({ json: [{ ...series, steps: Array(60).fill(1) }] }),
    );
    await open('metrics');
    await page.locator('.card .value', { hasText: '47.7 ms (latest)' }).waitFor();
    await page.locator('.card', { hasText: '19.3 to 471 in 7 samples' }).waitFor();
  });

  it('filters traces by their duration', async () => {
    const trace = { version: 1, start: 1, hasRoot: true, spans: 1, annotations: {} };
    const traces = [0.005, 0.1, 2].map((duration, id) => ({
      ...trace,
      id: `1-${id}`,
      name: `${id}`,
      duration,
    }));
    await page.route('**/_local/traces?*', (route) =>
      route.fulfill({ json: { version: 1, kept: 3, traces } }),
    );
    await page.route('**/_local/traces/1-*', (route) =>
      route.fulfill({ json: { id: '1-0', segments: [], outcomes: {} } }),
    );
    await open('traces');
    const names = page.locator('#trace-list .row .name');
    await names.nth(2).waitFor();
    await page.selectOption('#trace-duration', { label: 'From 100 ms' });
    await names.nth(2).waitFor({ state: 'detached' });
    expect((await names.allTextContents()).sort()).toEqual(['1', '2']);
    await page.selectOption('#trace-duration', { label: 'From 1.00 s' });
    await names.nth(1).waitFor({ state: 'detached' });
    expect(await names.allTextContents()).toEqual(['2']);
    await page.getByText('1 of 3', { exact: true }).waitFor();
  });

  it('copies the aws command that reads an item', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const orderId = "Ada's";
    await app.placeOrder(orderId);
    await open(`tables/OrdersTable?partition=${encodeURIComponent(orderId)}`);
    await page.getByRole('button', { name: 'Copy as aws command' }).click();
    const table = (await app.describe()).tables.find(({ logicalId }) => logicalId === 'OrdersTable');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local ' +
        `aws dynamodb get-item --table-name ${table?.name} --key '{"orderId":{"S":"Ada'\\''s"}}' ` +
        `--region ${table?.arn.split(':')[3]} --endpoint-url ${app.url}`,
    );
  });

  it('folds long JSON, and copies all of it', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await app.placeOrder('copied');
    await open('executions');
    await page.locator('.box', { hasText: 'Query connections' }).click();
    const input = page.locator('.json', { has: page.getByLabel('Input', { exact: true }) });
    await input.getByRole('button', { name: 'members' }).first().click();
    await input.getByRole('button', { name: 'Copy Input' }).click();
    await input.getByText('Copied', { exact: true }).waitFor();
    const copied = JSON.parse((await page.evaluate('navigator.clipboard.readText()')) as string);
    expect(copied).toMatchObject({ detail: { orderId: 'copied' } });
  });

  it('finds the log lines of a trace', async () => {
    await app.connect('south');
    await app.placeOrder('logged', 'south');
    await open('logs');
    await page.fill('#log-text', 'logged');
    await page.locator('.row', { hasText: 'Order placed' }).first().click();
    await page.getByRole('link', { name: 'Trace logs' }).click();
    await page.locator('.row', { hasText: 'Batch notified' }).waitFor();
    await page.locator('.row', { hasText: 'Order placed' }).waitFor();
    expect(await page.locator('.row').count()).toBe(2);
  });

  it('lists the connections and groups them by index', async () => {
    await open('connections');
    await page
      .locator('tbody tr')
      .nth(CONNECTIONS - 1)
      .waitFor();
    await page.locator('.groups li', { hasText: 'north' }).getByText(String(CONNECTIONS)).waitFor();
  });

  it('shows the users and rooms of connections, and finds connections by user and room', async () => {
    const close = await app.connect('east', { username: 'Ada', room: 'kitchen' });
    await open('connections');
    await page.locator('tbody tr', { hasText: 'Ada · kitchen' }).waitFor();
    await page.fill('#open-connection-filter', 'ada KITCHEN');
    await page.getByText(/^1 of \d+ open$/).waitFor();
    await page.fill('#open-connection-filter', 'nobody');
    await page.getByText('No open connection matches the filter.').waitFor();
    expect(await findViolations(page)).toEqual([]);

    await open('frames');
    const connection = page.locator('#connection-list .row', { hasText: 'Ada · kitchen' });
    await connection.waitFor();
    await page.fill('#connection-filter', 'ada kitchen');
    await page.getByText(/^1 of \d+$/).waitFor();
    close();
    await connection.getByText('closed').waitFor();
  });

  it.each([
    ['connections', 5],
    ['frames', 12],
  ])('reads the users and rooms of %s only when the tables or connections change', async (view, loads) => {
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    const countOf = (endpoint: string) => requests.filter((path) => path === `/_local/${endpoint}`).length;
    await open(view);
    while (countOf(view) < loads) {
      await app.listFunctions(); // changes the data of the console, but no table
      await page.waitForTimeout(50);
    }
    // The page sends one request before it receives the version of the tables, and one for this version.
    expect(countOf('connection-labels')).toBeLessThanOrEqual(2);
    const close = await app.connect('west', { username: 'Zoë', room: view });
    await page.getByText(`Zoë · ${view}`).waitFor();
    close();
  });

  it('hides credentials in subprotocols, but copies the subprotocols in full', async () => {
    // The application selects no subprotocol, so the browser logs that the handshake failed.
    page.removeAllListeners('console');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const protocols = `orders.v1, guest.${'s'.repeat(22)}`;
    await open('frames/new');
    await page.fill('#client-protocols', protocols);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.locator('.detail .bar', { hasText: 'orders.v1, guest.… ·' }).waitFor();
    expect(await page.locator('main').textContent()).not.toContain('guest.s');
    await page.getByRole('button', { name: 'Copy subprotocols' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(protocols);
  });

  it('shows queued messages without receiving them', async () => {
    await app.withFailingNotifications(() => app.placeOrder('undelivered'));
    await open('queues');
    await page.locator('.queues li', { hasText: 'undelivered' }).waitFor();
    await page
      .getByRole('region', { name: 'UndeliveredQueue' })
      .getByText('1 message, 0 in flight')
      .waitFor();
  });

  it('marks a handled error in a successful execution as a warning', async () => {
    await app.withFailingNotifications(() => app.placeOrder('handled'));
    await open('executions');
    await page.locator('#execution-list .row', { hasText: 'orderId=handled' }).click();
    await page.locator('.box.handled', { hasText: 'Notify batches' }).click();
    await page.locator('.details .why').waitFor();
    expect(await page.locator('.box.failed').count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Trace', exact: true }).click();
    await page.getByRole('button', { name: 'First error' }).click();
    await page.locator('.details .why').waitFor();
  });

  it('drops a connection', async () => {
    await app.connect('west');
    await open('connections');
    const rows = page.locator('tbody tr');
    await page.locator('.groups li', { hasText: 'west' }).waitFor();
    const before = await rows.count();
    await rows.first().getByRole('button', { name: 'Disconnect' }).click();
    await rows.nth(before - 1).waitFor({ state: 'detached' });
  });

  it('shows the frames of a connection live, and links each notification to its request', async () => {
    await open('connections');
    await page.locator('.groups li', { hasText: 'north' }).waitFor();
    await open('frames');
    await page.fill('#connection-filter', 'desk=north open');
    await page.locator('#connection-list .row').last().click();
    await page.locator('#frame-list').press('End');
    await page.locator('#frame-list .row', { hasText: '$connect' }).waitFor();
    await page.locator('#frame-list').press('Home');
    await app.placeOrder('framed');
    const request = page.locator('#frame-list .row', { hasText: '"action":"placeorder","orderId":"framed"' });
    await request.getByText(/^\d.* m?s$/).waitFor();
    await page.locator('#frame-list .row', { hasText: '"type":"orderPlaced","orderId":"framed"' }).click();
    await page.getByRole('link', { name: 'Request', exact: true }).click();
    await page.locator('.details h3', { hasText: 'Frame from the client' }).waitFor();
    await page.locator('.details .lines', { hasText: 'Order placed' }).waitFor();
    await page.locator('.details h4', { hasText: /^Reply after/ }).waitFor();
    await page.getByRole('link', { name: 'Trace', exact: true }).click();
    await page.locator('.waterfall').getByText('handler of placeorder', { exact: true }).waitFor();
  });

  it('connects a client with a sample event, sends templates, and explains a rejected frame', async () => {
    await open('frames/new');
    await page.selectOption('#client-template', 'connect');
    expect(await page.inputValue('#client-query')).toBe('desk=east');
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.locator('.composer').waitFor();
    expect(await page.inputValue('#frame-text')).toBe('');
    await page.selectOption('#frame-template', { label: 'placeorder' });
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    const rows = page.locator('#frame-list .row');
    await rows.filter({ hasText: 'orderPlaced' }).waitFor();

    await page.fill('#frame-text', '{"action":"cancelorder"}');
    await page.keyboard.press('Control+Enter');
    await rows.filter({ hasText: 'cancelorder' }).getByText('rejected').waitFor();
    await rows.filter({ hasText: 'cancelorder' }).click();
    await page
      .locator('.why.failed', { hasText: 'Its routes: placeorder.' })
      .getByText('Forbidden')
      .waitFor();
    expect(await findViolations(page)).toEqual([]);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as script' }).click(),
    ]);
    const script = readFileSync(await download.path(), 'utf8');
    expect(script).toContain(`new WebSocket("ws://${new URL(app.url).host}/test?desk=east", [])`);
    expect(script.match(/^ {2}\[\d+, ".*"\],$/gm)).toHaveLength(2);

    await page.getByRole('button', { name: 'Edit and resend' }).click();
    expect(await page.inputValue('#frame-text')).toBe('{"action":"cancelorder"}');
    await page.getByRole('button', { name: 'Close connection' }).click();
    await page.locator('#frame-list .row', { hasText: '$disconnect' }).waitFor();
    await page.locator('.composer').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Edit and resend' }).click();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.locator('.composer').waitFor();
    expect(await page.inputValue('#frame-text')).toBe('{"action":"cancelorder"}');
  });

  it('explains rejected frames, and connects again', async () => {
    await open('frames/new');
    await page.fill('#client-query', 'desk=south');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.locator('#frame-text').fill('{"action":');
    await page.keyboard.press('Control+Enter');
    await page.locator('#frame-list .row', { hasText: '{"action":' }).getByText('rejected').waitFor();
    await page.locator('#frame-text').fill('x'.repeat(33 * 1024));
    await page.keyboard.press('Control+Enter');
    const large = page.locator('#frame-list .row', { hasText: 'The frame has 33792 bytes' }).last();
    await large.getByText('rejected').waitFor();
    await page.fill('#frame-filter', 'rejected json');
    await large.waitFor({ state: 'detached' });
    await page.locator('#frame-list .row').click();
    await page.locator('.why.failed', { hasText: 'the frame is not JSON' }).waitFor();
    await page.locator('#connection-list [aria-selected=true]', { hasText: '2 rejected' }).waitFor();

    await page.getByRole('button', { name: 'Edit and reconnect' }).click();
    await page.locator('.client').waitFor();
    expect(await page.inputValue('#client-query')).toBe('desk=south');
  });

  it('shows why a build failed until the next successful build', async () => {
    const title = 'Build failed. The previous code keeps running.';
    const output = 'functions/notify.ts:1:23: Unexpected ";"\n  1 | export const handler = ;';
    await page.route('**/_local/build?', (route) => route.fulfill({ json: { errors: [{ title, output }] } }));
    await open('queues');
    const alert = page.getByRole('alert').filter({ hasText: 'the previous code keeps running' });
    await alert.getByText('Unexpected').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.unroute('**/_local/build?');
    await app.rebuild();
    await alert.waitFor({ state: 'detached' });
  });

  it('has a policy that blocks external resources and inline scripts', async () => {
    const response = await open('traces');
    const policy = (await response?.headerValue('content-security-policy')) ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  });
});
