import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../core/service';
import { parseParameterOverrides } from '../template';

export const HELP = `Runs an AWS SAM template on this machine.

  npm start -- [options]

  --port PORT                        port to listen on (default 3000; 0 lets the system choose)
  --template FILE                    template to run (default template.yaml)
  --parameter-overrides Key=Value …  values for the template's parameters, spelled as for sam
  --data DIR                         keep the tables in this folder (default: in memory)
  --watch                            bundle the functions anew when their sources change
  --help                             show this text
`;

export interface Arguments {
  readonly port: number;
  /** Absolute, as `data`. */
  readonly template: string;
  readonly parameters: Record<string, string>;
  readonly data?: string;
  readonly watch: boolean;
}

/**
 * Parses the command line; undefined if it asks for help. `--parameter-overrides` takes what follows it, as sam's.
 *
 * @throws UsageError for what it does not understand
 */
export function parseCommandLine(args: string[]): Arguments | undefined {
  const { values, positionals } = split(args);
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new UsageError(`--port ${JSON.stringify(values.port)} is no port: it is a number up to 65535.`);
  }
  for (const name of ['template', 'data'] as const) {
    if (values[name] === '') throw new UsageError(`--${name} needs a path.`);
  }
  const stray = positionals.find((text) => /^\d+$/.test(text));
  if (stray !== undefined) throw new UsageError(`${stray} is no option. For the port: --port ${stray}`);
  return {
    port,
    template: resolve(values.template),
    parameters: parseParameterOverrides([...values['parameter-overrides'], ...positionals]),
    data: values.data === undefined ? undefined : resolve(values.data),
    watch: values.watch,
  };
}

function split(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '3000' },
        template: { type: 'string', default: 'template.yaml' },
        'parameter-overrides': { type: 'string', multiple: true, default: [] },
        data: { type: 'string' },
        watch: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nnpm start -- --help shows the options.`);
  }
}
