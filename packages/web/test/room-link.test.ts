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

  it('keeps the code of an invite unchanged', () => {
    const url = roomUrl('483920117', 'https://chat.example.com/#100000000/other', { invite: '5pXc-m2v8_zT' });
    expect(url).toBe('https://chat.example.com/#483920117/5pXc-m2v8_zT');
    expect(parseRoomLink(` ${url} `)).toEqual({ room: '483920117', invite: '5pXc-m2v8_zT' });
    expect(parseRoomLink('#lobby/')).toBeUndefined();
  });

  it('contains the names of the room and the inviter', () => {
    const invitation = { invite: '5pXc', name: 'R&D #1 / 研究', inviter: 'Ada L. 👩‍💻' };
    const url = roomUrl('483920117', 'https://chat.example.com/', invitation);
    expect(parseRoomLink(url)).toEqual({ room: '483920117', ...invitation });
    expect(url).toMatch(/^[!-~]+$/); // messengers recognize the whole link
  });

  it.each([
    ['no name', '5pXc?name=&inviter='],
    ['65 characters', `5pXc?name=${'x'.repeat(65)}&inviter=${'x'.repeat(65)}`],
    ['a control character', '5pXc?name=a%0Ab&inviter=%00'],
    ['an unknown field', '5pXc?other=x'],
  ])('ignores names with %s', (_, invite) => {
    expect(parseRoomLink(`#483920117/${invite}`)).toEqual({ room: '483920117', invite: '5pXc' });
  });

  it('removes characters that reverse the text of a name', () => {
    expect(parseRoomLink('#483920117/5pXc?name=%E2%80%AEAda')).toMatchObject({ name: 'Ada' });
  });
});
