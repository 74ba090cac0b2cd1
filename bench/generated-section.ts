/**
 * Replaces the section of a page that `npm run COMMAND` generates. Markers enclose the section.
 *
 * @throws Error if the page has no such section
 */
export function replaceSection(page: string, command: string, content: string): string {
  const begin = `<!-- npm run ${command}: begin -->`;
  const end = `<!-- npm run ${command}: end -->`;
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`The page has no section ${begin} … ${end}.`);
  return `${page.slice(0, start + begin.length)}\n\n${content}\n${page.slice(stop)}`;
}
