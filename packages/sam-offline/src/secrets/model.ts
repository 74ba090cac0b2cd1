export interface SecretModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** GenerateSecretString. A secret has this, a `value`, or no value until the first PutSecretValue. */
  readonly generate?: GenerateSecretModel;
  readonly value?: string;
}

/** GenerateSecretString with its defaults applied. */
export interface GenerateSecretModel {
  readonly length: number;
  readonly excludeCharacters: string;
  readonly excludeLowercase: boolean;
  readonly excludeUppercase: boolean;
  readonly excludeNumbers: boolean;
  readonly excludePunctuation: boolean;
  readonly includeSpace: boolean;
  readonly requireEachType: boolean;
  /** SecretStringTemplate. Set together with `key`, GenerateStringKey. */
  readonly template?: string;
  readonly key?: string;
}
