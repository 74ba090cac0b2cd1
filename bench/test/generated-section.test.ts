import { replaceSection } from '../generated-section';

const page = '# Page\n\n<!-- npm run cost: begin -->\n\nold\n<!-- npm run cost: end -->\n\nrest\n';

describe('replaceSection', () => {
  it('replaces the text between the markers of a command', () => {
    expect(replaceSection(page, 'cost', 'new\n')).toBe(page.replace('old\n', 'new\n\n'));
  });

  it('changes nothing if the content is already up to date', () => {
    expect(replaceSection(page, 'cost', 'old')).toBe(page);
  });

  it.each([
    ['has no section for the command', page, 'scale'],
    ['has no end marker', page.replace('cost: end', 'cost'), 'cost'],
    ['has the end marker first', '<!-- npm run cost: end --><!-- npm run cost: begin -->', 'cost'],
  ])('rejects a page that %s', (_, text, command) => {
    expect(() => replaceSection(text, command, '')).toThrow(`no section <!-- npm run ${command}: begin -->`);
  });
});
