import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The DynamoDB tables, and the client that accesses them. */
export interface Tables {
  readonly client: DynamoDBDocumentClient;
  readonly connectionsTable: string;
  readonly chatTable: string;
  /** The number of days for which messages, broadcasts and sessions are stored. */
  readonly retentionDays: number;
}
