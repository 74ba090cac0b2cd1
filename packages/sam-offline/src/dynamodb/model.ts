export interface TableModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** The input of CreateTable. */
  readonly createTable: Readonly<Record<string, unknown>>;
  /** The TTL attribute, if TTL is enabled. */
  readonly ttlAttribute?: string;
  /** Set if the table has a stream. */
  readonly stream?: StreamModel;
}

export interface StreamModel {
  readonly arn: string;
  readonly viewType: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';
}
