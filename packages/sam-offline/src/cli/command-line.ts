import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { parseParameterOverrides } from '../app-model/load-template';
import { UsageError } from '../core/service';
import { createSeed } from '../faults/random';
import { suggest } from '../text/nearest';
import type { ServedFolders } from '../website/served-folders';
import { COMMAND } from './help';
import { DEFAULT_PORT } from './port-placeholder';
import { parseServedFolders } from './served-folders';

/** The default file names of templates, in the order in which the SAM CLI searches for them. */
const TEMPLATES = ['template.yaml', 'template.yml', 'template.json'];

const COMMANDS = ['start', 'init', 'check', 'invoke', 'send', 'exec', 'recover'] as const;

/** The options of all commands that read a template. */
export interface TemplateArguments {
  /** The absolute path of the template. */
  readonly template: string;
  readonly parameters: Record<string, string>;
  /** Values of Systems Manager parameters and secrets by name. */
  readonly values: Record<string, string>;
  /** The SAM CLI configuration. */
  readonly config: { readonly file?: string; readonly environment: string };
  readonly strict: boolean;
  readonly json: boolean;
}

export interface StartArguments extends TemplateArguments {
  readonly command: 'start';
  readonly port: number;
  /** The file that contains environment variables of functions. */
  readonly envVars?: string;
  /** Absolute paths of folders by URL path. */
  readonly served: ServedFolders;
  /** The absolute path of the data directory. */
  readonly data?: string;
  readonly lambdaConcurrency: number;
  readonly environmentsPerFunction: number | undefined;
  readonly seed: number;
  /** `--install` or `--no-install`. */
  readonly install?: boolean;
  /** Whether to answer all questions with yes. */
  readonly yes: boolean;
  /** The logical IDs of functions to initialize at startup. */
  readonly warm: readonly string[];
  readonly watch: boolean;
  readonly debugPort?: number;
}

interface CheckArguments extends TemplateArguments {
  readonly command: 'check';
}

interface InitArguments {
  readonly command: 'init';
  readonly folder: string;
}

interface RecoverArguments {
  readonly command: 'recover';
  /** The absolute paths of the data directory and of the copy. */
  readonly directory: string;
  readonly copy: string;
}

/** A command for a running application. */
export interface RemoteArguments {
  readonly command: 'invoke' | 'send' | 'exec';
  /** The logical ID or the name of the resource. */
  readonly target: string;
  /** The event, message or input on the command line. */
  readonly body?: string;
  /** The file that contains the body, instead of the command line. */
  readonly eventFile?: string;
  /** The absolute path of the template. */
  readonly template: string;
  readonly port?: number;
}

export type Arguments = StartArguments | InitArguments | CheckArguments | RecoverArguments | RemoteArguments;

const TEMPLATE_OPTIONS = {
  template: { type: 'string' },
  parameter: { type: 'string', multiple: true, default: [] as string[] },
  'parameter-file': { type: 'string' },
  'parameter-overrides': { type: 'string', multiple: true, default: [] as string[] },
  'config-file': { type: 'string' },
  'config-env': { type: 'string', default: 'default' },
  strict: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const START_OPTIONS = {
  ...TEMPLATE_OPTIONS,
  port: { type: 'string', default: String(DEFAULT_PORT) },
  'env-vars': { type: 'string' },
  serve: { type: 'string', multiple: true, default: [] as string[] },
  data: { type: 'string' },
  'lambda-concurrency': { type: 'string', default: '1000' },
  'environments-per-function': { type: 'string' },
  seed: { type: 'string' },
  install: { type: 'boolean', default: false },
  'no-install': { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  warm: { type: 'string', multiple: true, default: [] as string[] },
  watch: { type: 'boolean', default: false },
  'debug-port': { type: 'string' },
} as const;

const REMOTE_OPTIONS = {
  template: { type: 'string' },
  port: { type: 'string' },
  event: { type: 'string', short: 'e' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Parses the command line. Returns undefined for `--help`. As in the SAM CLI, `--parameter-overrides` takes all
 * arguments up to the next option.
 *
 * @throws UsageError if an argument is not valid
 */
export function parseCommandLine(args: string[]): Arguments | undefined {
  const [first = ''] = args;
  if (first === '' || first.startsWith('-')) return parseStart(args);
  const command = COMMANDS.find((name) => name === first);
  if (command === undefined) throw new UsageError(explainUnknownCommand(first));
  const rest = args.slice(1);
  if (command === 'start') return parseStart(rest);
  if (command === 'init') return parseInit(rest);
  if (command === 'check') return parseCheck(rest);
  if (command === 'recover') return parseRecover(rest);
  return parseRemote(command, rest);
}

function explainUnknownCommand(name: string): string {
  if (/^\d+$/.test(name)) return `Unknown argument ${name}. To set the port, use --port ${name}.`;
  return `Unknown command ${JSON.stringify(name)}.${suggest(name, COMMANDS)}\n${SEE_HELP}`;
}

const SEE_HELP = `Run "${COMMAND} --help" for the commands and options.`;

function parseCount(option: string, value: string): number {
  if (!/^[1-9]\d*$/.test(value))
    throw new UsageError(`${option} requires a positive integer, for example 10.`);
  return Number(value);
}

function parseStart(args: string[]): StartArguments | undefined {
  const { values, positionals } = parse(args, START_OPTIONS);
  if (values.help) return undefined;
  if (values.data === '') throw new UsageError('--data requires a path.');
  const environments = values['environments-per-function'];
  const seed = values.seed === undefined ? createSeed() : Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32 || values.seed === '') {
    throw new UsageError('--seed requires an integer from 0 to 4294967295.');
  }
  return {
    command: 'start',
    ...readTemplateArguments(values, positionals),
    port: parsePort('--port', values.port),
    envVars: values['env-vars'],
    served: parseServedFolders('--serve', values.serve, process.cwd()),
    data: values.data === undefined ? undefined : resolve(values.data),
    lambdaConcurrency: parseCount('--lambda-concurrency', values['lambda-concurrency']),
    environmentsPerFunction:
      environments === undefined ? undefined : parseCount('--environments-per-function', environments),
    seed,
    ...(values['no-install'] ? { install: false } : values.install && { install: true }),
    yes: values.yes,
    warm: values.warm,
    watch: values.watch,
    debugPort:
      values['debug-port'] === undefined ? undefined : parsePort('--debug-port', values['debug-port']),
  };
}

function parseInit(args: string[]): InitArguments | undefined {
  const { values, positionals } = parse(args, { help: TEMPLATE_OPTIONS.help });
  const [folder = '.', ...others] = positionals;
  if (others.length > 0) throw new UsageError(`Unknown argument ${others[0]}. init takes one folder.`);
  return values.help ? undefined : { command: 'init', folder };
}

function parseCheck(args: string[]): CheckArguments | undefined {
  const { values, positionals } = parse(args, TEMPLATE_OPTIONS);
  if (values.help) return undefined;
  return { command: 'check', ...readTemplateArguments(values, positionals) };
}

function parseRecover(args: string[]): RecoverArguments | undefined {
  const { values, positionals } = parse(args, { help: TEMPLATE_OPTIONS.help });
  if (values.help) return undefined;
  const [directory, copy, ...others] = positionals;
  if (directory === undefined || copy === undefined || others.length > 0) {
    throw new UsageError(`recover requires the data directory and a new directory.\n${SEE_HELP}`);
  }
  return { command: 'recover', directory: resolve(directory), copy: resolve(copy) };
}

function parseRemote(command: RemoteArguments['command'], args: string[]): RemoteArguments | undefined {
  const { values, positionals } = parse(args, REMOTE_OPTIONS);
  if (values.help) return undefined;
  const [target, body, ...others] = positionals;
  const kind = { invoke: 'function', send: 'queue or event bus', exec: 'state machine' }[command];
  if (target === undefined) throw new UsageError(`${command} requires the name of a ${kind}.\n${SEE_HELP}`);
  if (others.length > 0) throw new UsageError(`Unknown argument ${others[0]}. Quote the body.`);
  return {
    command,
    target,
    body,
    eventFile: values.event,
    template: resolveTemplate(values.template),
    port: values.port === undefined ? undefined : parsePort('--port', values.port),
  };
}

function readTemplateArguments(
  values: ReturnType<typeof parse<typeof TEMPLATE_OPTIONS>>['values'],
  positionals: readonly string[],
): TemplateArguments {
  const number = positionals.find((text) => /^\d+$/.test(text));
  if (number !== undefined) throw new UsageError(explainUnknownCommand(number));
  return {
    template: resolveTemplate(values.template),
    values: readValues(values['parameter-file'], values.parameter),
    parameters: parseParameterOverrides([...values['parameter-overrides'], ...positionals]),
    config: { file: values['config-file'], environment: values['config-env'] },
    strict: values.strict,
    json: values.json,
  };
}

/**
 * Returns the path of the template. The default is the template that the SAM CLI would use in the current folder, or
 * `template.yaml`.
 */
function resolveTemplate(file: string | undefined): string {
  if (file === '') throw new UsageError('--template requires a path.');
  return resolve(file ?? TEMPLATES.find((name) => existsSync(name)) ?? 'template.yaml');
}

function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(
    `${option} ${JSON.stringify(text)} is not a valid port. Use a number from 0 to 65535.`,
  );
}

/** Reads NAME=VALUE pairs from a file and from arguments, which take precedence. */
function readValues(file: string | undefined, args: readonly string[]): Record<string, string> {
  const lines = file === undefined ? [] : readLines(file);
  return Object.fromEntries(
    [...lines, ...args].map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name.trim(), value];
      throw new UsageError(`Invalid parameter ${JSON.stringify(text)}. Use NAME=VALUE.`);
    }),
  );
}

/** Returns the lines of a file except empty lines and comments. */
function readLines(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  } catch (error) {
    throw new UsageError(`--parameter-file cannot be read: ${(error as Error).message}`);
  }
}

function parse<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    const { message } = error as Error;
    const unknown = /^Unknown option '--([^']+)'/.exec(message)?.[1];
    if (unknown === undefined) throw new UsageError(`${message}\n${SEE_HELP}`);
    const names = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(`Unknown option --${unknown}.${suggest(`--${unknown}`, names)}\n${SEE_HELP}`);
  }
}
