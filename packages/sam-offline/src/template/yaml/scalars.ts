import type { ScalarNode } from './node';

/**
 * Parses a plain (unquoted) scalar like PyYAML, the YAML 1.1 parser that SAM uses. For example, `yes` is a boolean, `0755` is
 * octal, `1:30` is sexagesimal, and `012389` and `1e3` are strings. Like SAM, does not convert timestamps.
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
 * Returns the text of a decimal without a fraction, for properties that require a string. Returns undefined for other scalars.
 * SAM is written in Python, which converts 2.0 to `2.0`. The SAM documentation relies on this conversion:
 * `AuthorizerPayloadFormatVersion: 2.0` in
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-lambdaauthorizer.html
 */
export function toDecimalText(source: string): string | undefined {
  const value = parseInteger(source) === undefined ? parseDecimal(source) : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? `${value}.0` : undefined;
}
