import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { createRoom } from '../rooms/new-room';
import { sendMessage } from './send';

/**
 * The clock offsets of two execution environments of the send function. AWS documents no limit for the difference between
 * clocks.
 */
const OFFSETS_MS = [300, -300];
const MESSAGES = 20;
const PAUSE_MS = 250;

describe('a sender whose messages are handled by environments with different clocks', () => {
  it('stores timestamps that never decrease, and reaches no limit below the default rate', async () => {
    const { clock, deps } = createMemoryBackend();
    await connect(deps, {
      connectionId: 'c',
      sourceIp: '192.0.2.1',
      query: {},
      subprotocols: ['roomcast.v1'],
    });
    const { room } = await createRoom(deps, 'c', {});
    const times: number[] = [];
    for (let index = 0; index < MESSAGES; index += 1) {
      const now = () => clock.now + (OFFSETS_MS[index % OFFSETS_MS.length] as number);
      const { entry } = await sendMessage({ ...deps, now }, 'c', { room, text: `message ${index}` });
      times.push(entry.ts);
      clock.now += PAUSE_MS;
    }
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // Messages of the slow clock can repeat a timestamp of the fast clock, but the timestamps must still advance.
    expect(new Set(times).size).toBeGreaterThan(1);
  });
});
