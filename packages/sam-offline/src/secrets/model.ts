export interface SecretModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** The GenerateSecretString. A secret without `generate` and `value` has no value until the first PutSecretValue. */
  readonly generate?: GenerateSecretModel;
  readonly value?: string;
}

/** The properties of GenerateSecretString, including defaults. */
export interface GenerateSecretModel {
  readonly length: number;
  readonly excludeCharacters: string;
  readonly excludeLowercase: boolean;
  readonly excludeUppercase: boolean;
  readonly excludeNumbers: boolean;
  readonly excludePunctuation: boolean;
  readonly includeSpace: boolean;
  readonly requireEachType: boolean;
  /** The SecretStringTemplate. If set, `key` is also set and contains GenerateStringKey. */
  readonly template?: string;
  readonly key?: string;
}
