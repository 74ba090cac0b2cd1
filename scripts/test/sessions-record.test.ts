import { withBroadcasts } from '../sessions/record';

const broadcasts = [
  { messageId: 'a', text: 'first', ts: 100 },
  { messageId: 'b', text: 'second', ts: 200 },
];

describe('a session', () => {
  it.each<[string, number, number | undefined, string | undefined]>([
    ['is there still', 50, undefined, 'second'],
    ['came between', 150, undefined, 'second'],
    ['left between', 50, 150, 'first'],
    ['came at that moment', 200, undefined, 'second'],
    ['left at that moment', 50, 200, 'second'],
    ['came after', 201, undefined, undefined],
    ['left before', 50, 99, undefined],
    ['was short', 150, 160, undefined],
  ])('that %s has the last broadcast it was connected for', (_, connectionTime, disconnectTime, text) => {
    const session = {
      connectionId: 'c',
      userId: 'u',
      connectionTime,
      ...(disconnectTime ? { disconnectTime } : {}),
    };
    const expected =
      text === undefined ? {} : { latestBroadcast: text, latestBroadcastTime: text === 'first' ? 100 : 200 };
    expect(withBroadcasts([session], broadcasts)).toEqual([{ ...session, ...expected }]);
    expect(withBroadcasts([session], [...broadcasts].reverse())).toEqual([{ ...session, ...expected }]);
  });
});
