import { randomUUID } from 'node:crypto';
import { toTokenUser } from '../../../chat/identity/token-user';
import type { Issuer } from '../../../testbed/issuer';
import { addLoneMember, createEvent, createFrame, readSample, repeat } from './events';
import type { Scenario } from './scenario';

/** Scenarios in which connections open, close, or extend their session. */
export function createConnectionScenarios(issuer: Pick<Issuer, 'url' | 'sign'>): Scenario[] {
  return [
    {
      name: 'connect',
      handler: 'connect',
      proof: '"message":"Connected"',
      prepare: async (_, count) =>
        repeat(count, () => ({
          ...createEvent('connect', { connectionId: randomUUID() }),
          headers: { ...readSample('connect').headers, 'Sec-WebSocket-Protocol': 'roomcast.v1' },
        })),
    },
    {
      name: 'disconnect',
      handler: 'disconnect',
      proof: '"rooms":1',
      prepare: (fixtures, count) =>
        repeat(count, async () => createEvent('disconnect', (await addLoneMember(fixtures)).user)),
    },
    {
      name: 'refreshToken',
      handler: 'refresh-token',
      proof: '"type":"tokenRefreshed"',
      async prepare(fixtures, count) {
        const exp = Math.floor(Date.now() / 1000) + 3600;
        const { userId, tokenExpiresAt } = toTokenUser({ iss: issuer.url, sub: 'ada', exp });
        const user = await fixtures.addUser({ userId, tokenExpiresAt });
        await fixtures.addMember(await fixtures.addRoom(), user);
        const token = await issuer.sign({ sub: 'ada', exp });
        return repeat(count, () => createFrame('refresh-token', user, { token }));
      },
    },
    {
      name: 'default, plain connection',
      handler: 'default',
      proof: 'Use the sendmessage route',
      prepare: (fixtures, count) =>
        repeat(count, async () => ({
          ...createEvent('default', await fixtures.addUser({ protocol: 'plain', plainRoom: 'lobby' })),
          body: 'hello',
        })),
    },
  ];
}
