import { isObject } from '../core/service';
import type { Fault } from '../faults/faults';

/** A check of one member, and a description of valid values. */
type Check = readonly [(value: unknown) => boolean, string];

const TEXT: Check = [(value) => typeof value === 'string' && value !== '', 'a non-empty string'];
const COUNT: Check = [(value) => Number.isInteger(value) && Number(value) > 0, 'a positive integer'];
const DURATION: Check = [(value) => Number.isFinite(value) && Number(value) >= 0, 'a number of 0 or more'];
const SHARE: Check = [
  (value) => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= 1,
  'a number from 0 to 1',
];
const INTEGER: Check = [Number.isInteger, 'an integer'];
const KINDS = ['fail', 'lose-reply', 'throttle', 'latency', 'index-lag', 'duplicate', 'frozen-sockets'];
const SERVICES = ['dynamodb', 'events', 'states', 'lambda', 'sqs', 'secretsmanager', 'ssm', 'execute-api'];

/** The values that the console's form offers. */
export interface FaultOptions {
  readonly services: readonly string[];
  readonly kinds: readonly string[];
}

export const FAULT_OPTIONS: FaultOptions = { services: SERVICES, kinds: KINDS };

const CHECKS = new Map<string, Check>([
  ['service', [(value) => SERVICES.includes(String(value)), `one of ${SERVICES.join(', ')}`]],
  ['kind', [(value) => KINDS.includes(String(value)), `one of ${KINDS.join(', ')}`]],
  ['action', TEXT],
  ['match', TEXT],
  ['error', TEXT],
  ['status', [(value) => Number.isInteger(value) && /^[45]\d\d$/.test(String(value)), 'from 400 to 599']],
  ['fields', [isObject, 'an object']],
  ['times', COUNT],
  ['medianMs', DURATION],
  ['sigma', DURATION],
  ['share', SHARE],
  ['spread', [(value) => typeof value === 'boolean', 'true or false']],
  ['seed', INTEGER],
]);

/** Parses the body of `POST /_local/faults`. Returns the fault, or an error message. */
export function parseFault(body: string): Fault | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'The body is not valid JSON.';
  }
  if (!isObject(value)) return 'The body must be a JSON object.';
  for (const name of ['service', 'kind']) {
    if (!Object.hasOwn(value, name)) return `"${name}" is required.`;
  }
  for (const [name, member] of Object.entries(value)) {
    const check = CHECKS.get(name);
    if (!check) return `"${name}" is not a valid member. Valid members: ${[...CHECKS.keys()].join(', ')}.`;
    const [isValid, expected] = check;
    if (!isValid(member)) return `"${name}" must be ${expected}.`;
  }
  return value as unknown as Fault;
}
