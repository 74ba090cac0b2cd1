import type { ScalarNode } from './node';

/**
 * Parses a plain (unquoted) scalar like PyYAML, which SAM uses to read YAML 1.1: `yes` is a boolean, `0755` is octal,
 * `1:30` is sexagesimal, `012389` and `1e3` are strings. Like SAM, keeps timestamps as strings.
 */
export function parsePlainScalar(source: string): ScalarNode['value'] {
  if (/^(~|null|Null|NULL|)$/.test(source)) return null;
  if (/^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(source)) return true;
  if (/^(no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(source)) return false;
  return parseInteger(source) ?? parseDecimal(source) ?? source;
}

function parseInteger(source: string): number | undefined {
  const match = /^([-+]?)([0-9].*)$/.exec(source);
  if (!match) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  const digits = (match[2] ?? '').replaceAll('_', '');
  if (/^(0|[1-9][0-9]*)$/.test(digits)) return sign * Number(digits);
  if (/^0b[01]+$/.test(digits)) return sign * Number.parseInt(digits.slice(2), 2);
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  if (/^0x[0-9a-fA-F]+$/.test(digits)) return sign * Number.parseInt(digits.slice(2), 16);
  if (/^[1-9][0-9]*(:[0-5]?[0-9])+$/.test(digits)) {
    return sign * digits.split(':').reduce((total, part) => total * 60 + Number(part), 0);
  }
  return undefined;
}

function parseDecimal(source: string): number | undefined {
  const decimal = /^([-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?$/;
  return decimal.test(source) ? Number(source.replaceAll('_', '')) : undefined;
}

/**
 * Returns the string that a decimal without a fraction becomes where CloudFormation requires one, or undefined for
 * other scalars. Python, in which SAM is written, prints 2.0 as `2.0`. The SAM documentation relies on it:
 * `AuthorizerPayloadFormatVersion: 2.0` in
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-lambdaauthorizer.html
 */
export function toDecimalText(source: string): string | undefined {
  const value = parseInteger(source) === undefined ? parseDecimal(source) : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? `${value}.0` : undefined;
}
