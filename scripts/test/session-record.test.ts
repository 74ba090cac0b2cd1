import { addLatestBroadcasts } from '../admin/sessions/session-record';

const broadcasts = [
  { messageId: 'a', text: 'first', ts: 100 },
  { messageId: 'b', text: 'second', ts: 200 },
];

describe('addLatestBroadcasts', () => {
  it.each<[string, number, number | undefined, string | undefined]>([
    ['is still connected', 50, undefined, 'second'],
    ['connected between the broadcasts', 150, undefined, 'second'],
    ['disconnected between the broadcasts', 50, 150, 'first'],
    ['connected at the time of the second broadcast', 200, undefined, 'second'],
    ['disconnected at the time of the second broadcast', 50, 200, 'second'],
    ['connected after both broadcasts', 201, undefined, undefined],
    ['disconnected before both broadcasts', 50, 99, undefined],
    ['was connected only between the broadcasts', 150, 160, undefined],
  ])('adds the latest received broadcast to a session that %s', (_, connectionTime, disconnectTime, text) => {
    const session = {
      connectionId: 'c',
      userId: 'u',
      connectionTime,
      ...(disconnectTime ? { disconnectTime } : {}),
    };
    const expected =
      text === undefined ? {} : { latestBroadcast: text, latestBroadcastTime: text === 'first' ? 100 : 200 };
    expect(addLatestBroadcasts([session], broadcasts)).toEqual([{ ...session, ...expected }]);
    expect(addLatestBroadcasts([session], [...broadcasts].reverse())).toEqual([{ ...session, ...expected }]);
  });
});
