import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createSeed } from '../core/random';
import { UsageError } from '../core/service';
import { parseParameterOverrides } from '../template';
import type { ServedFolders } from '../website/served-folders';

/** The names of templates, in the order in which the SAM CLI looks for them. */
const TEMPLATES = ['template.yaml', 'template.yml', 'template.json'];

/** How the user started the command: npm needs `--` before options. */
const COMMAND = process.env.npm_lifecycle_event === 'start' ? 'npm start --' : 'sam-offline';

export const HELP = `Runs an AWS SAM application on this machine.

Usage: ${COMMAND} [options]

Options:
  --port PORT                        Port to listen on. 0 selects a free port. Default: 3000.
  --template FILE                    SAM template. Default: template.yaml, template.yml or template.json.
  --parameter-overrides Key=Value …  Values for template parameters, as in "sam deploy".
                                     {port} in a value is replaced with the port.
  --parameter NAME=VALUE             Value of a Systems Manager parameter or a secret that is not in the template.
  --parameter-file FILE              File with such values, one NAME=VALUE per line.
  --serve PATH=DIR                   Serve the files of a folder at a path, such as the keys of a token issuer.
  --data DIR                         Folder that stores tables and secrets. Default: data is kept in memory.
  --lambda-concurrency NUMBER        Quota of concurrent Lambda invocations. Default: 1000. New AWS accounts may have 10.
  --strict                           Allow nothing that AWS refuses: reject unsupported resources and settings, and
                                     enforce request rates. Also produce what is rare on AWS: throttled calls,
                                     duplicate events, lagging indexes, reset connections, different clocks.
  --seed NUMBER                      Seed of the random choices. Default: a random seed.
  --install                          Install packages that functions need with npm, then start.
  --watch                            Rebuild functions when their source files change.
  --help                             Show this help.
`;

export interface Arguments {
  readonly port: number;
  /** Absolute path. */
  readonly template: string;
  readonly parameters: Record<string, string>;
  /** Values of Systems Manager parameters and secrets by name. */
  readonly values: Record<string, string>;
  /** Absolute paths of folders by URL path. */
  readonly served: ServedFolders;
  /** Absolute path. */
  readonly data?: string;
  readonly lambdaConcurrency: number;
  readonly strict: boolean;
  readonly seed: number;
  readonly install: boolean;
  readonly watch: boolean;
}

/**
 * Parses the command line. Returns undefined for `--help`. As in the SAM CLI, `--parameter-overrides` takes all
 * arguments up to the next option.
 *
 * @throws UsageError if an argument is not valid
 */
export function parseCommandLine(args: string[]): Arguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new UsageError(
      `--port ${JSON.stringify(values.port)} is not a valid port. Use a number from 0 to 65535.`,
    );
  }
  for (const name of ['template', 'data'] as const) {
    if (values[name] === '') throw new UsageError(`--${name} requires a path.`);
  }
  const number = positionals.find((text) => /^\d+$/.test(text));
  if (number !== undefined) {
    throw new UsageError(`Unknown argument ${number}. To set the port, use --port ${number}.`);
  }
  const lambdaConcurrency = Number(values['lambda-concurrency']);
  if (!/^[1-9]\d*$/.test(values['lambda-concurrency'])) {
    throw new UsageError('--lambda-concurrency requires a positive integer, for example 10.');
  }
  const seed = values.seed === undefined ? createSeed() : Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32 || values.seed === '') {
    throw new UsageError('--seed requires an integer from 0 to 4294967295.');
  }
  return {
    port,
    lambdaConcurrency,
    template: resolve(values.template ?? findTemplate()),
    values: readValues(values['parameter-file'], values.parameter),
    parameters: parseParameterOverrides([...values['parameter-overrides'], ...positionals]),
    served: Object.fromEntries(values.serve.map(parseServedFolder)),
    data: values.data === undefined ? undefined : resolve(values.data),
    strict: values.strict,
    seed,
    install: values.install,
    watch: values.watch,
  };
}

/** Returns the template that the SAM CLI would use in this folder, or its usual name. */
function findTemplate(): string {
  return TEMPLATES.find((name) => existsSync(name)) ?? 'template.yaml';
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

/** Returns the lines of a file without empty lines and comments. */
function readLines(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  } catch (error) {
    throw new UsageError(`--parameter-file cannot be read: ${(error as Error).message}`);
  }
}

function parseServedFolder(text: string): [string, string] {
  const [, path, folder] = /^((?:\/[\w.-]+)+)=(.+)$/.exec(text) ?? [];
  if (path === undefined || folder === undefined)
    throw new UsageError(`--serve ${JSON.stringify(text)} is not valid. Use /path=folder.`);
  return [path, resolve(folder)];
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '3000' },
        template: { type: 'string' },
        parameter: { type: 'string', multiple: true, default: [] },
        'parameter-file': { type: 'string' },
        'parameter-overrides': { type: 'string', multiple: true, default: [] },
        serve: { type: 'string', multiple: true, default: [] },
        data: { type: 'string' },
        'lambda-concurrency': { type: 'string', default: '1000' },
        strict: { type: 'boolean', default: false },
        seed: { type: 'string' },
        install: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nRun "${COMMAND} --help" for the list of options.`);
  }
}
