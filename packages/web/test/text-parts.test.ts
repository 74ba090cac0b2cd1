import { splitText, type TextPart } from '../src/chat/text-parts';

const linksIn = (text: string) =>
  splitText(text, ['Ada Lovelace']).flatMap((part) => (part.kind === 'link' ? part.href : []));
const textOf = (part: TextPart): string =>
  part.kind === 'bold' ? part.parts.map(textOf).join('') : part.text;
/** Shows the kinds of the parts: `code`, <b>bold</b> and <a>links</a>. */
const describeParts = (parts: readonly TextPart[]): string =>
  parts
    .map((part) => {
      if (part.kind === 'bold') return `<b>${describeParts(part.parts)}</b>`;
      return part.kind === 'text' ? part.text : `<${part.kind}>${part.text}</${part.kind}>`;
    })
    .join('');

describe('formatted text', () => {
  it.each([
    ['run `npm start` now', 'run <code>npm start</code> now'],
    ['`a` and `b`', '<code>a</code> and <code>b</code>'],
    ['`**a** https://b.example`', '<code>**a** https://b.example</code>'],
    ['```a\n  b```', '<code-block>a\n  b</code-block>'],
    ['see\n```\nlet a = `b`;\n\n**c**\n```\nthen', 'see\n<code-block>let a = `b`;\n\n**c**</code-block>then'],
    ['```a``` and ```b```', '<code-block>a</code-block> and <code-block>b</code-block>'],
    [
      '```<b>https://a.example @Ada Lovelace```',
      '<code-block><b>https://a.example @Ada Lovelace</code-block>',
    ],
    ['```a\n`b`', '```a\n<code>b</code>'],
    ['**very** important', '<b>very</b> important'],
    ['**two words, see www.example.com**', '<b>two words, see <link>www.example.com</link></b>'],
    ['**a** or **b**', '<b>a</b> or <b>b</b>'],
    ['**x**', '<b>x</b>'],
    ['hi @ada lovelace!', 'hi <mention>@ada lovelace</mention>!'],
    [
      '(@Ada Lovelace) **@ADA LOVELACE**',
      '(<mention>@Ada Lovelace</mention>) <b><mention>@ADA LOVELACE</mention></b>',
    ],
    ['@Ada Lovelaces', '@Ada Lovelaces'],
    ['me@Ada Lovelace', 'me@Ada Lovelace'],
    ['`@Ada Lovelace`', '<code>@Ada Lovelace</code>'],
    ['@Ada', '@Ada'],
    ['**see `x`**', '<b>see <code>x</code></b>'],
  ])('shows %j as %j', (text, expected) => {
    expect(describeParts(splitText(text, ['Ada Lovelace']))).toBe(expected);
  });

  it.each([
    '2 ** 3 ** 2',
    '****',
    '** a**',
    '**a **',
    '**a\nb**',
    '``',
    '``````',
    '```a\nb',
    '`a\nb`',
    '`a',
    '*a*',
    '<b>bold</b> &amp; <script>alert(1)</script>',
  ])('shows %j as plain text', (text) => {
    expect(splitText(text, ['Ada Lovelace'])).toEqual([{ kind: 'text', text }]);
  });

  it.each([
    ['**a *', 20],
    ['`a\n', 20],
    ['a.', 1000],
    ['a@', 1000],
    ['@Ada Lovelac', 20],
  ])('shows %j as plain text if it is repeated', (part, times) => {
    const text = part.repeat(times);
    expect(describeParts(splitText(text, ['Ada Lovelace']))).toBe(text);
  });
});

describe('links', () => {
  it.each([
    ['see https://example.com/a?b=c#d now', ['https://example.com/a?b=c#d']],
    ['http://a.example and HTTPS://B.example', ['http://a.example/', 'https://b.example/']],
    ['(https://example.com/x).', ['https://example.com/x']],
    ['https://en.wikipedia.org/wiki/Set_(mathematics)', ['https://en.wikipedia.org/wiki/Set_(mathematics)']],
    ['is it https://example.com/?!', ['https://example.com/']],
    ['“https://example.com/x”', ['https://example.com/x%E2%80%9D']],
    ['https://münchen.example/ß', ['https://xn--mnchen-3ya.example/%C3%9F']],
    ['https://example.com/\u202egpj.exe', ['https://example.com/']],
    ['see www.example.com/a.', ['https://www.example.com/a']],
    ['(WWW.Example.com)', ['https://www.example.com/']],
    ['mail ada.l+notes@mail.example.com.', ['mailto:ada.l+notes@mail.example.com']],
    ['www.ada@example.com', ['mailto:www.ada@example.com']],
    [`${'a'.repeat(64)}@b.example`, [`mailto:${'a'.repeat(64)}@b.example`]],
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
    'www.',
    'www.example',
    'www..com',
    'www./a.b',
    'xwww.example.com',
    'ada@example',
    'ada@example.c',
    'ada@example.c0m',
    'ada@example.com@evil.example',
    '@example.com',
    `${'a'.repeat(65)}@b.example`,
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
    expect(splitText(text, ['Ada Lovelace']).map(textOf).join('')).toBe(text);
  });

  it.each([')]}"', ')]}!'])('excludes thousands of brackets and marks from a link: %s', (marks) => {
    expect(linksIn(`http://a.b/x${marks.repeat(1000)}`)).toEqual(['http://a.b/x']);
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
