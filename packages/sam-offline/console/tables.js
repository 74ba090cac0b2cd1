import { get, getById } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace } from './dom.js';
import { formatCount, pluralize, toPlainItem } from './format.js';
import { jsonView } from './json-view.js';

/** @import { Keyspace, MountView, TableView } from './types' */

/** @typedef {{ table?: string, index?: string, partition?: string }} Selection */

/**
 * Shows the tables and their indexes with the number of rows in each partition, and the rows of the selected partition.
 *
 * @type {MountView}
 */
export function mountTables(root) {
  /** @type {readonly TableView[]} */
  let tables = [];
  /** @type {Selection} */
  let selection = {};
  const side = h('section.side', { 'aria-label': 'Tables' });
  const partitions = h('section.partitions', { 'aria-label': 'Partitions' });
  const items = h('section.items', { 'aria-label': 'Items' });
  root.append(side, partitions, items);

  const load = coalesce(async () => {
    tables = (await get('tables')) ?? [];
    drawPartitions();
    await drawItems();
  }, 1000);

  const selectedTable = () => tables.find(({ logicalId }) => logicalId === selection.table) ?? tables[0];

  function drawPartitions() {
    const table = selectedTable();
    const keyspace = table?.keyspaces.find(({ index }) => index === selection.index) ?? table?.keyspaces[0];
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
    const hrefOf = (/** @type {string} */ key) =>
      `#/tables/${table.logicalId}/${keyspace.index ?? ''}?partition=${encodeURIComponent(key)}`;
    replace(
      partitions,
      h(
        'div.bar',
        {},
        h('h2', {}, keyspace.partitionKey),
        h('span.dim', {}, pluralize(keyspace.partitionCount, 'partition')),
      ),
      keyspace.partitions.length === 0
        ? empty('No rows.')
        : partitionList(keyspace, hrefOf, selection.partition),
    );
  }

  async function drawItems() {
    const table = selectedTable();
    const { index, partition } = selection;
    if (!table || partition === undefined) {
      replace(items, empty('Select a partition to see its rows.'));
      return;
    }
    const result = await getById('tables/', table.name, index ? { partition, index } : { partition });
    const { Items = [], LastEvaluatedKey } = result ?? {};
    replace(
      items,
      h(
        'div.bar',
        {},
        h('h2', {}, partition),
        h('span.dim', {}, `${LastEvaluatedKey ? 'First ' : ''}${pluralize(Items.length, 'row')}`),
      ),
      h(
        'ul.lines',
        {},
        Items.map((item) => h('li', {}, jsonView('Row', toPlainItem(item)))),
      ),
    );
  }

  return {
    show(rest, query) {
      const [table, index] = rest.split('/');
      selection = {
        table: table || undefined,
        index: index || undefined,
        partition: query.get('partition') ?? undefined,
      };
      root.classList.toggle('has-detail', selection.partition !== undefined);
      load();
    },
    changed: load,
  };
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
