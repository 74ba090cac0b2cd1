import type { Tables } from '../../../aws/dynamodb/tables';

export type Item = Record<string, unknown>;

export type ChatTable = Pick<Tables, 'client' | 'chatTable'>;

/** The two chat tables of a restore. */
export interface ChatTables {
  /** The table that DynamoDB created from a backup. It is read only. */
  readonly restored: ChatTable;
  /** The table of the stack, which the application uses meanwhile. */
  readonly live: ChatTable;
}
