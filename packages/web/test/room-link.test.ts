import { linkTo, roomIn, spoken } from '../src/chat/room-link';

describe('what people give for a room', () => {
  it.each([
    ['483920117', '483920117'],
    [' 483 920 117 ', '483920117'],
    ['483-920-117', '483920117'],
    ['#483920117', '483920117'],
    ['https://chat.example.com/#483920117', '483920117'],
    ['https://chat.example.com/x/?a=1#lobby', 'lobby'],
    ['Lobby', 'lobby'],
  ])('%s is %s', (text, room) => {
    expect(roomIn(text)).toBe(room);
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
  ])('%j is none', (text) => {
    expect(roomIn(text)).toBeUndefined();
  });

  it('is found in the link that is handed on', () => {
    expect(linkTo('483920117', 'https://chat.example.com/#100000000')).toBe(
      'https://chat.example.com/#483920117',
    );
    expect(roomIn(linkTo('483920117', 'https://chat.example.com/'))).toBe('483920117');
    expect([spoken('483920117'), spoken('lobby')]).toEqual(['483 920 117', 'lobby']);
  });
});
