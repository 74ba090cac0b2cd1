import { join } from 'node:path';
import type { DialectName } from './clients/dialects';

const root = join(__dirname, '..', '..');
const SERVERLESS_OFFLINE = join(__dirname, 'serverless-offline');

/** A design of a chat and the program that runs it. */
export interface Design {
  readonly name: string;
  /** Its name in tables. */
  readonly label: string;
  /** The arguments of `node`. The program prints `Ready on URL` and runs until SIGTERM. */
  readonly args: readonly string[];
  /** How clients talk to it. */
  readonly dialect: DialectName;
  /** Whether it has rooms. Default: true. */
  readonly hasRooms?: boolean;
  /** The folder of its npm package, if its packages are not those of the repository. */
  readonly packageFolder?: string;
}

/** Limits that no run reaches, with all clients behind one address, and no presence notices, which other designs lack. */
const PARAMETERS = [
  'GuestsPerAddress=100000',
  'RequestRate=1000',
  'RequestBurst=10000',
  'MessageRate=1000',
  'MessageBurst=1000',
  'NoticeThreshold=0',
];

function runTemplate(folder: string, template: string, parameters: readonly string[] = []): string[] {
  const overrides = parameters.length > 0 ? ['--parameter-overrides', ...parameters] : [];
  const command = join(folder, 'packages/sam-offline/bin/sam-offline.js');
  return [command, '--template', template, '--port', '0', ...overrides];
}

function runRoomcast(folder: string): string[] {
  return runTemplate(folder, join(folder, 'template.yaml'), PARAMETERS);
}

function runReference(file: string, parameters?: readonly string[]): string[] {
  return runTemplate(root, join(__dirname, 'reference', file), parameters);
}

/** The designs in the order of the tables: Roomcast, the reference designs, serverless-offline, and the limits. */
export const DESIGNS: readonly Design[] = [
  { name: 'roomcast', label: 'Roomcast', args: runRoomcast(root), dialect: 'roomcast' },
  {
    name: 'in-sequence',
    label: 'scan, posts in sequence',
    args: runReference('scan.yaml', ['Handler=in-sequence.handler']),
    dialect: 'reference',
  },
  {
    name: 'at-once',
    label: 'scan, all posts at once',
    args: runReference('scan.yaml', ['Handler=at-once.handler']),
    dialect: 'reference',
  },
  {
    name: 'per-socket',
    label: 'one invocation per socket',
    args: runReference('per-socket.yaml'),
    dialect: 'reference',
  },
  {
    name: 'serverless-offline',
    label: 'serverless-offline, all posts at once',
    args: [join(SERVERLESS_OFFLINE, 'start.mjs')],
    dialect: 'reference',
    packageFolder: SERVERLESS_OFFLINE,
  },
  {
    name: 'bare-posts',
    label: 'limit: bare signed posts',
    args: ['--import', 'tsx', join(__dirname, 'servers', 'bare-posts.ts')],
    dialect: 'posts',
    hasRooms: false,
  },
  {
    name: 'broadcast',
    label: 'limit: raw WebSocket broadcast',
    args: [join(__dirname, 'servers', 'broadcast.mjs')],
    dialect: 'reference',
  },
];

/** Returns Roomcast of another checkout, for example of an earlier commit. */
export function createBaseline(folder: string): Design {
  return { name: 'baseline', label: 'Roomcast, baseline', args: runRoomcast(folder), dialect: 'roomcast' };
}
