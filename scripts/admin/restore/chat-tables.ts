import type { Tables } from '../../../aws/dynamodb/tables';

export type Item = Record<string, unknown>;

export type ChatTable = Pick<Tables, 'client' | 'chatTable'>;

/** The two chat tables that a restore reads. */
export interface ChatTables {
  /** The table that DynamoDB created from a backup. The command only reads it. */
  readonly restored: ChatTable;
  /** The table of the stack. The application uses it during the restore. */
  readonly live: ChatTable;
}
