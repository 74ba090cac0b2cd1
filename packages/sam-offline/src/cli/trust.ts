import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { SetupPermissions, SetupPlan } from '../app/setup';
import { getCacheFolder } from '../system/cache-folder';

export interface TrustOptions {
  /** Whether `--yes` is set. It answers the question with yes. */
  readonly yes: boolean;
  /** The value of `--install` or `--no-install`. Applies only to packages. */
  readonly install: boolean | undefined;
  /** Asks a question in the terminal. Undefined without a terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  readonly print: (line: string) => void;
  /** The absolute path of the folder that contains the running command. */
  readonly commandFolder?: string;
}

/**
 * Creates a function that decides whether an application may run its build command and the install scripts of its dependencies
 * on this machine. The function asks the user once per folder. It stores the answer in the cache folder rather than in the
 * application's folder, so that an application cannot contain the answer.
 *
 * Trusts a folder that contains the running command, because the folder's authors could also have changed the command. This
 * does not apply to a home folder that contains npx caches.
 */
export function createSetupAuthorizer(options: TrustOptions): (plan: SetupPlan) => Promise<SetupPermissions> {
  const { yes, install, ask, print, commandFolder = __dirname } = options;
  return async (plan) => {
    const { root } = plan;
    const asksFor = { ...plan, missing: install === undefined ? plan.missing : NOTHING };
    const runsCode = asksFor.buildCommand !== undefined || asksFor.missing.folders.length > 0;
    if (yes && runsCode) rememberAnswer(root, true);
    let isTrusted = yes || containsCommand(root, commandFolder) || (runsCode ? readAnswer(root) : undefined);
    let wantsSdk = isTrusted ?? ask === undefined; // like npx, which installs packages without asking if there is no terminal
    if (ask && runsCode && isTrusted === undefined) {
      isTrusted = await ask(describeTrust(asksFor));
      rememberAnswer(root, isTrusted);
      wantsSdk = isTrusted;
    } else if (ask && !isTrusted && asksFor.missing.sdk.length > 0) {
      wantsSdk = await ask(`${describeSdk(asksFor)}\nInstall it?`);
    }
    if (runsCode && !isTrusted) print(explainRefusal(asksFor));
    return {
      installsDependencies: install ?? isTrusted ?? false,
      installsSdk: install ?? wantsSdk,
      builds: isTrusted ?? false,
    };
  };
}

const NOTHING = { folders: [], sdk: [] };

function describeTrust(plan: SetupPlan): string {
  return [
    `The template in ${plan.root} runs code on this machine before it starts:`,
    ...describeCode(plan),
    ...(plan.missing.sdk.length > 0 ? [describeSdk(plan)] : []),
    'Functions also run with your permissions. Do you trust the authors of this folder?',
  ].join('\n');
}

function describeCode({ missing, buildCommand }: SetupPlan): string[] {
  return [
    ...missing.folders.map((folder) => `  npm install in ${folder}`),
    ...(buildCommand ? [`  ${buildCommand.map(quote).join(' ')}`] : []),
  ];
}

/** Escapes control characters, which could hide part of a command in the terminal. */
function quote(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : JSON.stringify(text);
}

function describeSdk({ missing }: SetupPlan): string {
  const names = missing.sdk.map(({ name }) => name).join(', ');
  return `The Lambda runtime contains ${names}. sam-offline installs it once, into ${getCacheFolder()}.`;
}

function explainRefusal(plan: SetupPlan): string {
  return [
    'Not run, because you have not said that you trust the folder of the template:',
    ...describeCode(plan),
    'If you trust its authors, start once with --yes.',
  ].join('\n');
}

/** Returns whether a folder contains the command in its sources or in its node_modules. */
function containsCommand(folder: string, commandFolder: string): boolean {
  const path = relative(realpathSync(folder), realpathSync(commandFolder));
  const steps = path.split(sep);
  return steps[0] !== '..' && !isAbsolute(path) && steps.indexOf('node_modules') <= 0;
}

function getAnswerFile(root: string): string {
  const name = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 32);
  return join(getCacheFolder(), 'trust', `${name}.json`);
}

function readAnswer(root: string): boolean | undefined {
  try {
    return JSON.parse(readFileSync(getAnswerFile(root), 'utf8')).isTrusted === true;
  } catch {
    return undefined; // The user has not answered yet.
  }
}

function rememberAnswer(root: string, isTrusted: boolean): void {
  mkdirSync(join(getCacheFolder(), 'trust'), { recursive: true, mode: 0o700 });
  writeFileSync(getAnswerFile(root), JSON.stringify({ folder: root, isTrusted }));
}
