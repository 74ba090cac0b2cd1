import { empty, h } from './dom.js';
import { formatCount } from './format.js';

/** @import { Keyspace, TableView } from './types' */

/**
 * Returns the path of a partition in the address.
 *
 * @param {TableView} table
 * @param {Keyspace} keyspace
 * @param {string} key
 */
export function partitionPath({ logicalId }, { index = '' }, key) {
  return `tables/${logicalId}/${index}?partition=${encodeURIComponent(key)}`;
}

/**
 * Lists the tables with their indexes.
 *
 * @param {readonly TableView[]} tables
 * @param {Keyspace | undefined} selected
 */
export function keyspaceList(tables, selected) {
  return h(
    'ul.keyspaces',
    {},
    tables.map(({ logicalId, keyspaces }) =>
      h(
        'li',
        {},
        keyspaces.map((each) => keyspaceLink(logicalId, each, each === selected)),
      ),
    ),
  );
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
 * Lists the partitions whose keys contain a text.
 *
 * @param {TableView} table
 * @param {Keyspace} keyspace
 * @param {string} text
 * @param {string | undefined} selected
 */
export function foundPartitions(table, keyspace, text, selected) {
  const found = keyspace.partitions.filter(({ key }) => key.toLowerCase().includes(text.toLowerCase()));
  if (found.length === 0)
    return empty(
      text ? 'No listed partition contains this text. Press Enter to look up the key.' : 'No items.',
    );
  const hrefOf = (/** @type {string} */ key) => `#/${partitionPath(table, keyspace, key)}`;
  return partitionList({ ...keyspace, partitions: found }, hrefOf, selected);
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
