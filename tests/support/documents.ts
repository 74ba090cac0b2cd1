import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './template';

/** A block of commands in a document. */
export interface CommandBlock {
  /** The document and the line, as `docs/faq.md:12`. */
  place: string;
  /** Marked `sh aws`: it needs an account. */
  needsAccount: boolean;
  commands: string;
  /** What is typed (`>`) and seen (`<`) when the commands run, if a block with a conversation follows. */
  conversation: string[];
}

/** The documents whose commands are run: the README and what is in `docs/`. */
export function documents(): string[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)];
}

export function commandBlocks(document: string): CommandBlock[] {
  const fences = fencesOf(readFileSync(join(root, document), 'utf8'));
  return fences.flatMap(({ info, line, text }, index) => {
    const [language, ...marks] = info.split(' ');
    if (language !== 'sh') return [];
    const next = fences[index + 1];
    const isConversation = text.includes('wscat') && next?.info === '' && next.text.startsWith('> ');
    return [
      {
        place: `${document}:${line}`,
        needsAccount: marks.includes('aws'),
        commands: text,
        conversation: isConversation ? next.text.split('\n') : [],
      },
    ];
  });
}

function fencesOf(markdown: string) {
  const fences: { info: string; line: number; text: string }[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open && line === '```') {
      fences.push({ info: open.info, line: open.line, text: open.lines.join('\n') });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (line.startsWith('```')) open = { info: line.slice(3).trim(), line: index + 1, lines: [] };
  }
  if (open) throw new Error(`the block at line ${open.line} does not end`);
  return fences;
}
