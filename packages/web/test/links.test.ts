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

  it('removes thousands of unbalanced brackets and marks without counting them again for each', () => {
    const messages = Array.from({ length: 1000 }, (_, index) => `http://a.b/${index}${')]}"'.repeat(1000)}`);
    const started = performance.now();
    for (const [index, message] of messages.entries())
      expect(linksIn(message)).toEqual([`http://a.b/${index}`]);
    const marks = `http://a.b/x${')]}!'.repeat(1000)}`;
    for (let time = 0; time < 1000; time += 1) expect(linksIn(marks)).toEqual(['http://a.b/x']);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('shows addresses of more than 4,096 characters as text', () => {
    const link = (length: number) => `http://a.b/${'x'.repeat(length - 11)}`;
    expect(linksIn(`${link(4096)} ${link(4097)} http://c.d/`)).toEqual([link(4096), 'http://c.d/']);
  });

  it('handles thousands of brackets without backtracking', () => {
    const text = `https://example.com/${'('.repeat(2000)}${')'.repeat(2000)}`;
    expect(linksIn(text)).toHaveLength(1);
  });
});
