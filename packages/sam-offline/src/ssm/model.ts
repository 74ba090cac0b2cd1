/** A Systems Manager parameter. */
export interface SsmParameterModel {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
}
