import { calmly, get } from './app.js';
import { empty, h, replace } from './dom.js';
import { count, json, plain, plural } from './format.js';

/** The tables and their indexes: how many rows each partition has, and the rows of one. */
export function tables(root, _page) {
  let all = [];
  let at = {};
  const side = h('section.side', { 'aria-label': 'Tables' });
  const middle = h('section.partitions', { 'aria-label': 'Partitions' });
  const items = h('section.items', { 'aria-label': 'Items' });
  root.append(side, middle, items);

  const load = calmly(async () => {
    all = await get('tables');
    draw();
    await drawItems();
  }, 1000);

  function draw() {
    const table = all.find(({ logicalId }) => logicalId === at.table) ?? all[0];
    const keyspace =
      table?.keyspaces.find(({ index = '' }) => index === (at.index ?? '')) ?? table?.keyspaces[0];
    replace(
      side,
      h('div.bar', {}, h('h1', {}, 'Tables')),
      h(
        'ul.keyspaces',
        {},
        all.map(({ logicalId, keyspaces }) =>
          h(
            'li',
            {},
            keyspaces.map(({ index, rows, more, partitionKey, sortKey }) =>
              h(
                'a',
                {
                  href: `#/tables/${logicalId}${index ? `/${index}` : ''}`,
                  'aria-current':
                    logicalId === table?.logicalId && index === keyspace?.index ? 'true' : undefined,
                },
                h('span.name', {}, index ? `by ${index}` : logicalId),
                h('span.num', {}, `${count(rows)}${more ? '+' : ''}`),
                h('span.dim.mono', {}, [partitionKey, sortKey].filter(Boolean).join(' + ')),
              ),
            ),
          ),
        ),
      ),
    );
    if (!keyspace) return replace(middle, empty('The template has no tables.'));
    const href = (key) =>
      `#/tables/${table.logicalId}/${keyspace.index ?? ''}?partition=${encodeURIComponent(key)}`;
    replace(
      middle,
      h(
        'div.bar',
        {},
        h('h2', {}, keyspace.partitionKey),
        h('span.dim', {}, plural(keyspace.partitionCount, 'partition')),
      ),
      keyspace.partitions.length === 0 ? empty('No rows.') : partitionList(keyspace, href, at.partition),
    );
  }

  async function drawItems() {
    const table = all.find(({ logicalId }) => logicalId === at.table) ?? all[0];
    if (!table || at.partition === undefined)
      return replace(items, empty('Choose a partition to see its rows.'));
    const query = new URLSearchParams({ partition: at.partition, ...(at.index ? { index: at.index } : {}) });
    const { Items = [], LastEvaluatedKey } =
      (await get(`tables/${encodeURIComponent(table.name)}?${query}`)) ?? {};
    replace(
      items,
      h(
        'div.bar',
        {},
        h('h2', {}, at.partition),
        h('span.dim', {}, `${plural(Items.length, 'row')}${LastEvaluatedKey ? ', and more' : ''}`),
      ),
      h(
        'ul.lines',
        {},
        Items.map((item) => h('li', {}, h('pre', { tabindex: 0, 'aria-label': 'Row' }, json(plain(item))))),
      ),
    );
  }

  return {
    show(rest, query) {
      const [table, index] = rest.split('/');
      at = {
        table: table || undefined,
        index: index || undefined,
        partition: query.get('partition') ?? undefined,
      };
      root.classList.toggle('has-detail', at.partition !== undefined);
      load();
    },
    changed: load,
  };
}

/** Partitions with a bar each, the largest first. */
export function partitionList({ partitions }, href, selected) {
  const most = Math.max(1, ...partitions.map(({ count: rows }) => rows));
  return h(
    'ul.bars',
    {},
    partitions.map(({ key, count: rows }) =>
      h(
        'li',
        {},
        h(
          'a',
          { href: href(key), 'aria-current': key === selected ? 'true' : undefined },
          h('span.meter', { 'aria-hidden': 'true', style: { width: `${(rows / most) * 100}%` } }),
          h('span.name.mono', {}, key),
          h('span.num', {}, count(rows)),
        ),
      ),
    ),
  );
}
