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

/** A conversation that no command stands before: how it is begun has been told already. */
export interface ConversationBlock {
  place: string;
  lines: string[];
}

export function conversationBlocks(document: string): ConversationBlock[] {
  const fences = fencesOf(readFileSync(join(root, document), 'utf8'));
  return fences
    .filter((fence, index) => isConversation(fence) && !fences[index - 1]?.text.includes('wscat'))
    .map(({ line, text }) => ({ place: `${document}:${line}`, lines: text.split('\n') }));
}

export function commandBlocks(document: string): CommandBlock[] {
  const fences = fencesOf(readFileSync(join(root, document), 'utf8'));
  return fences.flatMap(({ info, line, text }, index) => {
    const [language, ...marks] = info.split(' ');
    if (language !== 'sh') return [];
    const next = fences[index + 1];
    return [
      {
        place: `${document}:${line}`,
        needsAccount: marks.includes('aws'),
        commands: text,
        conversation: text.includes('wscat') && isConversation(next) ? next.text.split('\n') : [],
      },
    ];
  });
}

interface Fence {
  info: string;
  line: number;
  text: string;
}

function isConversation(fence: Fence | undefined): fence is Fence {
  return fence?.info === '' && fence.text.startsWith('> ');
}

function fencesOf(markdown: string) {
  const fences: Fence[] = [];
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
