import { createHmac } from 'node:crypto';
import { createAddressHash } from './address-hash';

describe('createAddressHash', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.10.20.130', '192.10.20.130'],
    ['::FFFF:192.10.20.130', '192.10.20.130'],
    ['64:ff9b::ffff:192.10.20.130', '64:ff9b:0:0'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:0001:0100:0:0:0:0', '2001:db8:1:100'],
    ['2001:db8::', '2001:db8:0:0'],
    ['2001:db8::5:6:7:8:9', '2001:db8:0:5'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
  ])('hashes %s as %s', async (ip, network) => {
    const expected = createHmac('sha256', 'key').update(network).digest('base64url').slice(0, 22);
    expect(await createAddressHash(async () => 'key')(ip)).toBe(expected);
  });
});
