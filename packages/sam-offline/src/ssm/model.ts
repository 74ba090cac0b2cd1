/** A parameter of Systems Manager. */
export interface SsmParameterModel {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
}
