import {
  requireList,
  requireNumber,
  requireSwitch,
  requireVariable,
  requireWebPushKey,
  splitList,
} from './environment';
import { findHeader, readBearerToken } from './headers';

const environment = { ...process.env };

afterEach(() => {
  process.env = { ...environment };
});

describe('environment', () => {
  it.each([undefined, ''])('rejects a variable with the value %j', (value) => {
    if (value === undefined) delete process.env.EXAMPLE;
    else process.env.EXAMPLE = value;
    expect(() => requireVariable('EXAMPLE')).toThrow('The environment variable EXAMPLE is not set.');
  });

  it('reads strings and numbers', () => {
    process.env.EXAMPLE = '7';
    expect([requireVariable('EXAMPLE'), requireNumber('EXAMPLE')]).toEqual(['7', 7]);
  });

  it.each(['x', '1.5', '9007199254740993'])('rejects the number %s, which is not a safe integer', (value) => {
    process.env.EXAMPLE = value;
    expect(() => requireNumber('EXAMPLE')).toThrow('The environment variable EXAMPLE is not an integer.');
  });

  it('reads whether a feature is on', () => {
    const read = (value: string) => {
      process.env.EXAMPLE = value;
      return requireSwitch('EXAMPLE');
    };
    expect([read('on'), read('off'), read('true')]).toEqual(['on', 'off', 'off']);
    expect(() => read('')).toThrow('EXAMPLE is not set');
  });

  it('reads the key of push subscriptions, if there is one', () => {
    const read = (value: string) => {
      process.env.WEB_PUSH_KEY = value;
      return requireWebPushKey();
    };
    expect([read('none'), read('BPublicKey')]).toEqual([undefined, 'BPublicKey']);
  });

  it('reads lists', () => {
    process.env.EXAMPLE = ' a, b ,,c';
    expect(requireList('EXAMPLE')).toEqual(['a', 'b', 'c']);
    expect(splitList('')).toEqual([]);
  });
});

describe('findHeader', () => {
  it('ignores case, and accepts events without headers', () => {
    expect(findHeader({ 'X-other': '1', ORIGIN: 'a' }, 'Origin')).toBe('a');
    expect(findHeader({ 'X-other': '1' }, 'Origin')).toBeUndefined();
    expect(findHeader(undefined, 'Origin')).toBeUndefined();
  });
});

describe('readBearerToken', () => {
  it.each([
    ['Bearer key', 'key'],
    ['bearer  key ', 'key'],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    ['xBearer key', undefined],
    ['Basic key', undefined],
    [undefined, undefined],
  ])('of %j is %j', (authorization, token) => {
    expect(readBearerToken({ authorization })).toBe(token);
  });
});
