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
 * @param {TableView} table
 * @param {Page} page
 * @param {() => void} reload
 */
export function itemView(item, table, page, reload) {
  const key = keyOf(item, table);
  return h(
    'li',
    {},
    jsonView('Row', toPlainItem(item)),
    h(
      'p.item-actions',
      {},
      copyButton(() => formatCommand(key, table, page), 'as aws command', 'Copy as aws command'),
      h('button.copy', { type: 'button', onclick: edit }, 'Edit'),
      h('button.copy', { type: 'button', onclick: remove }, 'Delete'),
    ),
  );

  function edit() {
    openEditor({
      title: `Edit a row of ${table.logicalId}`,
      action: 'Put item',
      fields: [{ name: 'item', label: 'Item in DynamoDB JSON', rows: 18, value: formatJson(item) }],
      async submit({ item: text = '' }) {
        const Item = parseJson(text, 'The item');
        await callAws('DynamoDB_20120810.PutItem', { TableName: table.name, Item });
        reload();
      },
    });
  }

  function remove() {
    openEditor({
      title: `Delete a row of ${table.logicalId}`,
      action: 'Delete item',
      fields: [{ name: 'key', label: 'Key in DynamoDB JSON', rows: 6, value: formatJson(key) }],
      async submit({ key: text = '' }) {
        const Key = parseJson(text, 'The key');
        await callAws('DynamoDB_20120810.DeleteItem', { TableName: table.name, Key });
        reload();
      },
    });
  }
}

/**
 * @param {Item} item
 * @param {TableView} table
 */
function keyOf(item, { keyspaces: [table] }) {
  const names = [table?.partitionKey, table?.sortKey].filter((name) => name !== undefined);
  return Object.fromEntries(names.map((name) => [name, item[name]]));
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
