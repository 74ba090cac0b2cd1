import type { JsonObject } from '../core/service';

/** A value in DynamoDB JSON: an object with one member, named after the type (`S`, `N`, `M`, …). */
export type AttributeValue = JsonObject;

/** An item or a key, by attribute name. */
export type Item = Record<string, AttributeValue>;

export type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[];

export interface Index {
  readonly IndexName: string;
  readonly KeySchema: KeySchema;
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

/** A table in the format of DescribeTable. dynalite also reads the schema from this format. */
export interface Table extends JsonObject {
  readonly TableName: string;
  readonly KeySchema: KeySchema;
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: 'S' | 'N' | 'B';
  }[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LocalSecondaryIndexes?: readonly Index[];
}

/** Finds a table by name. */
export interface TableLookup {
  /** @throws AwsError `ResourceNotFoundException` */
  get(name: string): Table;
}

/** The input of an action after validation, with parsed expressions. */
export type ActionData = JsonObject;

/** Attribute paths. A path is a name, or a list of names and list positions. */
export type AttributePaths = readonly (string | readonly (string | number)[])[];

/** A dynalite API error, with the status and body of the HTTP response. */
export interface EngineError extends Error {
  readonly statusCode?: number;
  readonly body?: { readonly __type?: string; readonly message?: string; readonly Message?: string };
}

export type StoreOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

export interface StoreRange {
  gte?: string;
  gt?: string;
  lte?: string;
  lt?: string;
  reverse?: boolean;
}

/** The part of the abstract-level interface that `Store` uses. */
export interface Level {
  open(): Promise<void>;
  close(): Promise<void>;
  batch(operations: readonly StoreOperation[]): Promise<void>;
  get(key: string): Promise<unknown>;
  getMany(keys: readonly string[]): Promise<unknown[]>;
  iterator(range: StoreRange): LevelIterator;
}

export interface LevelIterator {
  nextv(size: number): Promise<[key: string, value: unknown][]>;
  close(): Promise<void>;
}
