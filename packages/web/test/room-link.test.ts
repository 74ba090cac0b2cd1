import { formatRoom, parseRoomLink, roomUrl } from '../src/chat/room-link';

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
    expect(parseRoomLink(text)).toEqual({ room });
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
    '#room/5pXc-m2v8_zT',
    '#483920117/5pXc m2v8',
    '#483920117/5pXc/m2v8',
    `#483920117/${'a'.repeat(65)}`,
  ])('rejects %j', (text) => {
    expect(parseRoomLink(text)).toBeUndefined();
  });

  it('creates the URL of a room and formats its number', () => {
    expect(roomUrl('483920117', 'https://chat.example.com/#100000000')).toBe(
      'https://chat.example.com/#483920117',
    );
    expect([formatRoom('483920117'), formatRoom('lobby')]).toEqual(['483 920 117', 'lobby']);
  });

  it('contains the code of an invite unchanged', () => {
    const url = roomUrl('483920117', 'https://chat.example.com/#100000000/other', '5pXc-m2v8_zT');
    expect(url).toBe('https://chat.example.com/#483920117/5pXc-m2v8_zT');
    expect(parseRoomLink(` ${url} `)).toEqual({ room: '483920117', invite: '5pXc-m2v8_zT' });
    expect(parseRoomLink('#lobby/')).toBeUndefined();
  });
});
