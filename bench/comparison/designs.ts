import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { DialectName } from './clients/dialects';
import { installEmulator, installPackages } from './install-packages';

const root = join(__dirname, '..', '..');
const SERVERLESS_OFFLINE = join(__dirname, 'serverless-offline');
const ARCHITECT = join(__dirname, 'architect');

/** A design of a chat and the program that runs it. */
export interface Design {
  readonly name: string;
  /** The name of the design in tables. */
  readonly label: string;
  /** The arguments of `node`. The program prints `Ready on URL` and runs until SIGTERM. */
  readonly args: readonly string[];
  /** The frames that its clients use. */
  readonly dialect: DialectName;
  /** Whether the design has rooms. Default: true. */
  readonly hasRooms?: boolean;
  /**
   * Installs the packages of the program. Returns the reason if the installation fails, or undefined.
   *
   * @param onInstall called before an installation, which takes a while
   */
  install?(onInstall: () => void): Promise<string | undefined>;
}

/** The name of the design that `createBaseline` returns. */
export const BASELINE = 'baseline';

/**
 * Sets high limits, because all clients share one IP address. Turns off presence notices, because the other designs have none.
 */
const PARAMETERS = ['Limits=loadTest'];

/** The equivalent parameters for earlier commits. */
const EARLIER_PARAMETERS = [
  'GuestsPerAddress=100000',
  'RequestRate=1000',
  'RequestBurst=10000',
  'MessageRate=1000',
  'MessageBurst=1000',
  'NoticeThreshold=0',
  'LobbyRate=1000',
  'LobbyBurst=1000',
  'FailedJoinsPerMinute=1000',
];

function runTemplate(folder: string, template: string, parameters: readonly string[] = []): string[] {
  const overrides = parameters.length > 0 ? ['--parameter-overrides', ...parameters] : [];
  const command = join(folder, 'packages/sam-offline/bin/sam-offline.js');
  return [command, '--template', template, '--port', '0', ...overrides];
}

/** The reference designs. They only deliver messages, and they use the frames of the `reference` dialect. */
export const REFERENCES = [
  {
    name: 'in-sequence',
    label: 'scan, posts in sequence',
    template: join(__dirname, 'reference', 'scan.yaml'),
    parameters: { Handler: 'in-sequence.handler' },
  },
  {
    name: 'at-once',
    label: 'scan, all posts at once',
    template: join(__dirname, 'reference', 'scan.yaml'),
    parameters: { Handler: 'at-once.handler' },
  },
  {
    name: 'per-socket',
    label: 'one invocation per socket',
    template: join(__dirname, 'reference', 'per-socket.yaml'),
    parameters: {},
  },
] as const;

export type ReferenceName = (typeof REFERENCES)[number]['name'];

function runReference({ name, label, template, parameters }: (typeof REFERENCES)[number]): Design {
  const overrides = Object.entries(parameters).map(([parameter, value]) => `${parameter}=${value}`);
  return { name, label, args: runTemplate(root, template, overrides), dialect: 'reference' };
}

/**
 * The designs in the order of the tables: Roomcast, the reference designs, serverless-offline, and the designs that show the
 * achievable minimum.
 */
export const DESIGNS: readonly Design[] = [
  {
    name: 'roomcast',
    label: 'Roomcast',
    args: runTemplate(root, join(root, 'template.yaml'), PARAMETERS),
    dialect: 'roomcast',
  },
  ...REFERENCES.map(runReference),
  {
    name: 'serverless-offline',
    label: 'serverless-offline, all posts at once',
    args: [join(SERVERLESS_OFFLINE, 'start.mjs')],
    dialect: 'reference',
    install: (onInstall) => installPackages(SERVERLESS_OFFLINE, onInstall),
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

/** The programs that run the functions of `at-once`, with the name of the program as the label. */
export const RUNTIMES: readonly Design[] = [
  { ...findDesign('at-once'), label: 'sam-offline' },
  { ...findDesign('serverless-offline'), label: 'serverless-offline 14.8' },
  {
    name: 'architect',
    label: 'Architect sandbox 9.0',
    args: [join(ARCHITECT, 'start.mjs')],
    dialect: 'reference',
    install: (onInstall) => installPackages(ARCHITECT, onInstall),
  },
  {
    name: 'ministack',
    label: 'ministack 1.5',
    args: [join(__dirname, 'servers', 'ministack.mjs')],
    dialect: 'reference',
    install: installEmulator,
  },
];

function findDesign(name: string): Design {
  return DESIGNS.find((design) => design.name === name) as Design;
}

/** Returns the design that runs Roomcast from another checkout, for example an earlier commit. */
export function createBaseline(folder: string): Design {
  const overrides = ['--parameter-overrides', ...PARAMETERS, ...EARLIER_PARAMETERS];
  return {
    name: BASELINE,
    label: `Roomcast at ${readCommit(folder) ?? 'another commit'}`,
    args: [join(__dirname, 'servers', 'baseline.mjs'), folder, '--port', '0', ...overrides],
    dialect: 'roomcast',
  };
}

/** Returns undefined if the folder is not in a Git repository. */
function readCommit(folder: string): string | undefined {
  try {
    const args = ['-C', folder, 'rev-parse', '--short=7', 'HEAD'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
