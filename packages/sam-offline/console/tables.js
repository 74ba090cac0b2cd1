import { get, getById } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace } from './dom.js';
import { formatCount, pluralize } from './format.js';
import { itemView, keyOf } from './table-item.js';

/** @import { Item, Keyspace, MountView, TableView } from './types' */

/** @typedef {{ table?: string, index?: string, partition?: string, item?: string }} Selection `item` is the key as JSON */

/**
 * Shows the tables and their indexes with the number of items in each partition, and the items of the selected partition:
 * `#/tables/TABLE/INDEX?partition=KEY&item=KEY_OF_THE_ITEM`.
 *
 * @type {MountView}
 */
export function mountTables(root, page) {
  /** @type {readonly TableView[]} */
  let tables = [];
  /** @type {Selection} */
  let selection = {};
  const side = h('section.side', { 'aria-label': 'Tables' });
  const partitions = h('section.partitions', { 'aria-label': 'Partitions' });
  const items = h('section.items', { 'aria-label': 'Items' });
  root.append(side, partitions, items);

  /** @type {HTMLInputElement} */
  const search = h('input', {
    id: 'partition-search',
    type: 'search',
    placeholder: 'Enter opens the exact key',
    oninput: () => drawPartitions(),
    onkeydown(event) {
      if (event.key === 'Enter') openPartition(search.value);
    },
  });
  let drawnItems = '';
  let isScrolled = true;

  const load = coalesce(async () => {
    tables = (await get('tables')) ?? [];
    drawPartitions();
    await drawItems();
  }, 1000);

  const selectedTable = () => tables.find(({ logicalId }) => logicalId === selection.table) ?? tables[0];
  const selectedKeyspace = (/** @type {TableView | undefined} */ table) =>
    table?.keyspaces.find(({ index }) => index === selection.index) ?? table?.keyspaces[0];

  function drawPartitions() {
    const table = selectedTable();
    const keyspace = selectedKeyspace(table);
    replace(
      side,
      h('div.bar', {}, h('h1', {}, 'Tables')),
      h(
        'ul.keyspaces',
        {},
        tables.map(({ logicalId, keyspaces }) =>
          h(
            'li',
            {},
            keyspaces.map((each) => keyspaceLink(logicalId, each, each === keyspace)),
          ),
        ),
      ),
    );
    if (!table || !keyspace) {
      replace(partitions, empty('The template has no tables.'));
      return;
    }
    const text = search.value.toLowerCase();
    const found = keyspace.partitions.filter(({ key }) => key.toLowerCase().includes(text));
    replace(
      partitions,
      h(
        'div.bar',
        {},
        h('h2', {}, keyspace.partitionKey),
        h('span.dim', {}, pluralize(keyspace.partitionCount, 'partition')),
        h('label.filter', { for: 'partition-search' }, 'Key', search),
      ),
      found.length === 0
        ? empty(
            text ? 'No listed partition contains this text. Press Enter to look up the key.' : 'No items.',
          )
        : partitionList(
            { ...keyspace, partitions: found },
            (key) => `#/${partitionPath(table, keyspace, key)}`,
            selection.partition,
          ),
    );
  }

  /** @param {string} key */
  function openPartition(key) {
    const table = selectedTable();
    const keyspace = selectedKeyspace(table);
    if (table && keyspace && key) page.go(partitionPath(table, keyspace, key));
  }

  async function drawItems() {
    const table = selectedTable();
    const keyspace = selectedKeyspace(table);
    const { index, partition } = selection;
    if (!table || !keyspace || partition === undefined) {
      drawnItems = '';
      replace(items, empty('Select a partition to see its items.'));
      return;
    }
    const result = await getById('tables/', table.name, index ? { partition, index } : { partition });
    const { Items = [], LastEvaluatedKey } = result ?? {};
    const version = JSON.stringify([selection, result]);
    // Drawing again would open folded JSON and end a text selection.
    if (version === drawnItems) return;
    drawnItems = version;
    replace(
      items,
      h(
        'div.bar',
        {},
        h('h2', {}, partition),
        h('span.dim', {}, `${LastEvaluatedKey ? 'First ' : ''}${pluralize(Items.length, 'item')}`),
      ),
      selection.item !== undefined &&
        !Items.some((item) => addressOf(item, table) === selection.item) &&
        h('p.why', {}, 'The item of this address is not in the list. It may have been deleted.'),
      h(
        'ul.lines',
        {},
        Items.map((item) => {
          const address = addressOf(item, table);
          return itemView(item, {
            table,
            page,
            href: `#/${partitionPath(table, keyspace, partition)}&item=${encodeURIComponent(address)}`,
            isSelected: address === selection.item,
            reload: load,
          });
        }),
      ),
    );
    if (isScrolled) return;
    isScrolled = true;
    items.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  return {
    show(rest, query) {
      const [table, index] = rest.split('/').map((part) => part || undefined);
      if (table !== selection.table || index !== selection.index) search.value = '';
      selection = {
        table,
        index,
        partition: query.get('partition') ?? undefined,
        item: query.get('item') ?? undefined,
      };
      isScrolled = selection.item === undefined;
      root.classList.toggle('has-detail', selection.partition !== undefined);
      load();
    },
    changed: load,
  };
}

/**
 * @param {TableView} table
 * @param {Keyspace} keyspace
 * @param {string} key
 */
function partitionPath({ logicalId }, { index = '' }, key) {
  return `tables/${logicalId}/${index}?partition=${encodeURIComponent(key)}`;
}

/**
 * @param {Item} item
 * @param {TableView} table
 */
function addressOf(item, table) {
  return JSON.stringify(keyOf(item, table));
}

/**
 * @param {string} logicalId
 * @param {Keyspace} keyspace
 * @param {boolean} isSelected
 */
function keyspaceLink(logicalId, { index, rows, more, partitionKey, sortKey }, isSelected) {
  return h(
    'a',
    {
      href: `#/tables/${logicalId}${index ? `/${index}` : ''}`,
      'aria-current': isSelected ? 'true' : undefined,
    },
    h('span.name', {}, index ? `by ${index}` : logicalId),
    h('span.num', {}, `${formatCount(rows)}${more ? '+' : ''}`),
    h('span.dim.mono', {}, [partitionKey, sortKey].filter(Boolean).join(' + ')),
  );
}

/**
 * Creates a bar chart of the partitions' row counts.
 *
 * @param {Keyspace} keyspace
 * @param {(key: string) => string} hrefOf
 * @param {string} [selected]
 */
export function partitionList({ partitions }, hrefOf, selected) {
  const maxRows = Math.max(1, ...partitions.map(({ count: rows }) => rows));
  return h(
    'ul.bars',
    {},
    partitions.map(({ key, count: rows }) =>
      h(
        'li',
        {},
        h(
          'a',
          { href: hrefOf(key), 'aria-current': key === selected ? 'true' : undefined },
          h('span.meter', { 'aria-hidden': 'true', style: { width: `${(rows / maxRows) * 100}%` } }),
          h('span.name.mono', {}, key),
          h('span.num', {}, formatCount(rows)),
        ),
      ),
    ),
  );
}
