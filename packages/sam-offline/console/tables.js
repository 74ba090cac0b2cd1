import { get, getById } from './api.js';
import { coalesce } from './coalesce.js';
import { empty, h, replace } from './dom.js';
import { pluralize } from './format.js';
import { foundPartitions, keyspaceList, partitionPath } from './partition-list.js';
import { itemView, keyOf } from './table-item.js';

/** @import { Item, Keyspace, MountView, Page, TableView } from './types' */

/** @typedef {{ table?: string, index?: string, partition?: string, item?: string }} Selection `item` is the key as JSON */
/** @typedef {{ table: TableView, keyspace: Keyspace }} Shown */

/**
 * Shows the tables and their indexes with the number of items in each partition, and the items of the selected partition:
 * `#/tables/TABLE/INDEX?partition=KEY&item=KEY_OF_THE_ITEM`.
 *
 * @type {MountView}
 */
export function mountTables(root, page) {
  const tables = new Tables(root, page);
  return { show: (rest, query) => tables.show(rest, query), changed: tables.load };
}

class Tables {
  #root;
  #page;
  /** @type {readonly TableView[]} */
  #tables = [];
  /** @type {Selection} */
  #selection = {};
  #side = h('section.side', { 'aria-label': 'Tables' });
  #partitions = h('section.partitions', { 'aria-label': 'Partitions' });
  #items = h('section.items', { 'aria-label': 'Items' });
  /** @type {HTMLInputElement} */
  #search = h('input', {
    id: 'partition-search',
    type: 'search',
    placeholder: 'Enter opens the exact key',
    oninput: () => this.#drawPartitions(),
    onkeydown: (event) => {
      if (event.key === 'Enter') this.#openPartition(this.#search.value);
    },
  });
  /** Identifies the drawn items. Drawing them again would open folded JSON and end a text selection. */
  #drawnItems = '';
  #isScrolled = true;

  load = coalesce(async () => {
    this.#tables = (await get('tables')) ?? [];
    this.#drawPartitions();
    await this.#drawItems();
  }, 1000);

  /**
   * @param {HTMLElement} root
   * @param {Page} page
   */
  constructor(root, page) {
    this.#root = root;
    this.#page = page;
    root.append(this.#side, this.#partitions, this.#items);
  }

  /**
   * @param {string} rest
   * @param {URLSearchParams} query
   */
  show(rest, query) {
    const [table, index] = rest.split('/').map((part) => part || undefined);
    if (table !== this.#selection.table || index !== this.#selection.index) this.#search.value = '';
    this.#selection = {
      table,
      index,
      partition: query.get('partition') ?? undefined,
      item: query.get('item') ?? undefined,
    };
    this.#isScrolled = this.#selection.item === undefined;
    this.#root.classList.toggle('has-detail', this.#selection.partition !== undefined);
    this.load();
  }

  /**
   * Returns the selected table and its selected keyspace. The defaults are the first table and its first keyspace.
   *
   * @returns {Shown | undefined}
   */
  #shown() {
    const table =
      this.#tables.find(({ logicalId }) => logicalId === this.#selection.table) ?? this.#tables[0];
    const keyspace =
      table?.keyspaces.find(({ index }) => index === this.#selection.index) ?? table?.keyspaces[0];
    return table && keyspace && { table, keyspace };
  }

  #drawPartitions() {
    const shown = this.#shown();
    replace(this.#side, h('div.bar', {}, h('h1', {}, 'Tables')), keyspaceList(this.#tables, shown?.keyspace));
    if (!shown) {
      replace(this.#partitions, empty('The template has no tables.'));
      return;
    }
    const { table, keyspace } = shown;
    replace(
      this.#partitions,
      h(
        'div.bar',
        {},
        h('h2', {}, keyspace.partitionKey),
        h('span.dim', {}, pluralize(keyspace.partitionCount, 'partition')),
        h('label.filter', { for: 'partition-search' }, 'Key', this.#search),
      ),
      foundPartitions(table, keyspace, this.#search.value, this.#selection.partition),
    );
  }

  /** @param {string} key */
  #openPartition(key) {
    const shown = this.#shown();
    if (shown && key) this.#page.go(partitionPath(shown.table, shown.keyspace, key));
  }

  async #drawItems() {
    const shown = this.#shown();
    const { index, partition } = this.#selection;
    if (!shown || partition === undefined) {
      this.#drawnItems = '';
      replace(this.#items, empty('Select a partition to see its items.'));
      return;
    }
    const { name } = shown.table;
    const result = await getById('tables/', name, index ? { partition, index } : { partition });
    const { Items = [], LastEvaluatedKey } = result ?? {};
    const version = JSON.stringify([this.#selection, result]);
    if (version === this.#drawnItems) return;
    this.#drawnItems = version;
    const count = `${LastEvaluatedKey ? 'First ' : ''}${pluralize(Items.length, 'item')}`;
    replace(
      this.#items,
      h('div.bar', {}, h('h2', {}, partition), h('span.dim', {}, count)),
      this.#itemList(Items, shown, partition),
    );
    if (this.#isScrolled) return;
    this.#isScrolled = true;
    this.#items.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  /**
   * @param {readonly Item[]} found
   * @param {Shown} shown
   * @param {string} partition
   */
  #itemList(found, { table, keyspace }, partition) {
    const selected = this.#selection.item;
    const isListed = selected === undefined || found.some((item) => addressOf(item, table) === selected);
    const views = found.map((item) => {
      const address = addressOf(item, table);
      return itemView(item, {
        table,
        page: this.#page,
        href: `#/${partitionPath(table, keyspace, partition)}&item=${encodeURIComponent(address)}`,
        isSelected: address === selected,
        reload: this.load,
      });
    });
    return [
      !isListed && h('p.why', {}, 'The item of this address is not in the list. It may have been deleted.'),
      h('ul.lines', {}, views),
    ];
  }
}

/**
 * @param {Item} item
 * @param {TableView} table
 */
function addressOf(item, table) {
  return JSON.stringify(keyOf(item, table));
}
