import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The tables of the chat. */
export interface Tables {
  readonly client: DynamoDBDocumentClient;
  readonly connectionsTable: string;
  readonly chatTable: string;
  /** The number of days for which messages, broadcasts and sessions are kept. */
  readonly retentionDays: number;
}
