import { formatRoom, parseRoom, roomUrl } from '../src/chat/room-link';

describe('room links', () => {
  it.each([
    ['483920117', '483920117'],
    [' 483 920 117 ', '483920117'],
    ['483-920-117', '483920117'],
    ['#483920117', '483920117'],
    ['https://chat.example.com/#483920117', '483920117'],
    ['https://chat.example.com/x/?a=1#lobby', 'lobby'],
    ['Lobby', 'lobby'],
  ])('parses %s as %s', (text, room) => {
    expect(parseRoom(text)).toBe(room);
  });

  it.each([
    '',
    '#',
    '12',
    '4839201170',
    '#000000000',
    '048392011',
    'https://chat.example.com/#000000000',
    'https://chat.example.com/483920117',
    'room',
    '４８３９２０１１７',
  ])('rejects %j', (text) => {
    expect(parseRoom(text)).toBeUndefined();
  });

  it('parses the URL of a room', () => {
    expect(roomUrl('483920117', 'https://chat.example.com/#100000000')).toBe(
      'https://chat.example.com/#483920117',
    );
    expect(parseRoom(roomUrl('483920117', 'https://chat.example.com/'))).toBe('483920117');
    expect([formatRoom('483920117'), formatRoom('lobby')]).toEqual(['483 920 117', 'lobby']);
  });
});
