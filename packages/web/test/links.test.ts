import { splitLinks } from '../src/chat/links';

const linksIn = (text: string) => splitLinks(text).flatMap(({ href }) => href ?? []);

describe('splitLinks', () => {
  it.each([
    ['see https://example.com/a?b=c#d now', ['https://example.com/a?b=c#d']],
    ['http://a.example and HTTPS://B.example', ['http://a.example/', 'https://b.example/']],
    ['(https://example.com/x).', ['https://example.com/x']],
    ['https://en.wikipedia.org/wiki/Set_(mathematics)', ['https://en.wikipedia.org/wiki/Set_(mathematics)']],
    ['is it https://example.com/?!', ['https://example.com/']],
    ['“https://example.com/x”', ['https://example.com/x%E2%80%9D']],
    ['https://münchen.example/ß', ['https://xn--mnchen-3ya.example/%C3%9F']],
    ['https://example.com/\u202egpj.exe', ['https://example.com/']],
    ['<https://example.com/x>', ['https://example.com/x']],
  ])('finds the links in %s', (text, expected) => {
    expect(linksIn(text)).toEqual(expected);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'ftp://example.com',
    'xhttps://example.com',
    'https://',
    'https://user:secret@example.com/',
    'https://example.com@evil.example/',
    'https://[::1',
    'example.com',
  ])('finds no link in %s', (text) => {
    expect(linksIn(text)).toEqual([]);
  });

  it.each([
    '',
    'a',
    'a https://b.example.',
    'https://a.example https://b.example',
    '\nhttps://x.example\n\n👍 ',
  ])('returns parts that join to the original text %j', (text) => {
    expect(
      splitLinks(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });

  it('handles thousands of brackets without backtracking', () => {
    const text = `https://example.com/${'('.repeat(2000)}${')'.repeat(2000)}`;
    expect(linksIn(text)).toHaveLength(1);
  });
});
