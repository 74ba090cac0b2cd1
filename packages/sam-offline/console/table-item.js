import { callAws } from './api.js';
import { copyButton } from './copy.js';
import { openEditor, parseJson } from './dialog.js';
import { h } from './dom.js';
import { formatJson, toPlainItem } from './format.js';
import { jsonView } from './json-view.js';

/** @import { Item, Page, TableView } from './types' */

/**
 * Creates the view of an item, with buttons to copy, edit and delete it.
 *
 * @param {Item} item
 * @param {object} context
 * @param {TableView} context.table
 * @param {Page} context.page
 * @param {string} context.href the address of the item
 * @param {boolean} context.isSelected
 * @param {() => void} context.reload
 */
export function itemView(item, { table, page, href, isSelected, reload }) {
  const key = keyOf(item, table);
  const name = Object.values(toPlainItem(key)).join(' · ');
  return h(
    'li',
    { 'aria-label': name, 'aria-current': isSelected ? 'true' : undefined },
    h('h3.mono', {}, h('a.plain-link', { href }, name)),
    jsonView(`Item ${name}`, toPlainItem(item)),
    h(
      'p.item-actions',
      {},
      copyButton(() => formatCommand(key, table, page), 'as aws command', 'Copy as aws command'),
      h('button.copy', { type: 'button', 'aria-label': `Edit ${name}`, onclick: edit }, 'Edit'),
      h('button.copy', { type: 'button', 'aria-label': `Delete ${name}`, onclick: remove }, 'Delete'),
    ),
  );

  async function edit() {
    // An index may not contain all attributes, and PutItem deletes missing attributes.
    const input = { TableName: table.name, Key: key, ConsistentRead: true };
    const { Item: current } = await callAws('DynamoDB_20120810.GetItem', input);
    if (!current) {
      reload();
      return;
    }
    openEditor({
      title: `Edit an item of ${table.logicalId}`,
      action: 'Put item',
      fields: [
        {
          name: 'item',
          label: 'Item in DynamoDB JSON. With another key, it becomes a second item.',
          rows: 18,
          value: formatJson(current),
        },
      ],
      async submit({ item: text = '' }) {
        const Item = parseJson(text, 'The item');
        await callAws('DynamoDB_20120810.PutItem', { TableName: table.name, Item });
        reload();
      },
    });
  }

  function remove() {
    openEditor({
      title: `Delete this item of ${table.logicalId}?`,
      action: 'Delete item',
      content: jsonView('Key', toPlainItem(key)),
      fields: [],
      async submit() {
        await callAws('DynamoDB_20120810.DeleteItem', { TableName: table.name, Key: key });
        reload();
      },
    });
  }
}

/**
 * Returns the key of an item in its table, even if the item is from an index.
 *
 * @param {Item} item
 * @param {TableView} table
 * @returns {Item}
 */
export function keyOf(item, { keyspaces: [table] }) {
  const names = [table?.partitionKey, table?.sortKey].filter((name) => name !== undefined);
  return Object.fromEntries(names.map((name) => [name, item[name] ?? {}]));
}

/**
 * @param {object} key in DynamoDB JSON
 * @param {TableView} table
 * @param {Page} page
 */
function formatCommand(key, { name }, page) {
  const [, , , region = 'us-east-1'] =
    page.app.tables.find((each) => each.name === name)?.arn.split(':') ?? [];
  const quoted = JSON.stringify(key).replaceAll("'", `'\\''`);
  return (
    'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local ' +
    `aws dynamodb get-item --table-name ${name} --key '${quoted}' --region ${region} --endpoint-url ${location.origin}`
  );
}
