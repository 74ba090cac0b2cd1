import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../testbed/template';

/** A block of shell commands in a document. */
export interface CommandBlock {
  /** The document and the line number, such as `docs/faq.md:12`. */
  place: string;
  /** Whether the block is marked `sh aws`. This means that its commands require an AWS account. */
  needsAccount: boolean;
  commands: string;
  /** The lines of the conversation that follows the block, if any. `>` marks typed lines, and `<` marks displayed lines. */
  conversation: string[];
}

/** A conversation that does not follow a command block. */
export interface ConversationBlock {
  place: string;
  lines: string[];
}

/** Lists the documents with commands that are tested: README.md and the files in `docs/`. */
export function listDocuments(): string[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)];
}

export function findConversationBlocks(document: string): ConversationBlock[] {
  const fences = parseFences(readFileSync(join(root, document), 'utf8'));
  return fences
    .filter((fence, index) => isConversation(fence) && !fences[index - 1]?.text.includes('wscat'))
    .map(({ line, text }) => ({ place: `${document}:${line}`, lines: text.split('\n') }));
}

export function findCommandBlocks(document: string): CommandBlock[] {
  const fences = parseFences(readFileSync(join(root, document), 'utf8'));
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

/** A fenced code block in Markdown. */
interface Fence {
  info: string;
  line: number;
  text: string;
}

function isConversation(fence: Fence | undefined): fence is Fence {
  return fence?.info === '' && fence.text.startsWith('> ');
}

function parseFences(markdown: string) {
  const fences: Fence[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open && line === '```') {
      fences.push({ info: open.info, line: open.line, text: open.lines.join('\n') });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (line.startsWith('```')) open = { info: line.slice(3).trim(), line: index + 1, lines: [] };
  }
  if (open) throw new Error(`The code block at line ${open.line} is not closed.`);
  return fences;
}
