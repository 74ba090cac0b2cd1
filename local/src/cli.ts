import { watch } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatLog, formatNotice } from './console';
import { linesToCopy } from './lines';
import { type Runtime, startRuntime } from './runtime';
import { parseParameterOverrides } from './template';

const help = `Runs an AWS SAM template on this machine.

  npm start -- [options]

  --port PORT                        port to listen on (default 3000; 0 lets the system choose)
  --template FILE                    template to run (default template.yaml)
  --parameter-overrides Key=Value …  values for the template's parameters, spelled as for sam
  --data DIR                         keep the tables in this folder (default: in memory)
  --watch                            bundle the functions anew when their sources change
  --help                             show this text
`;

interface Arguments {
  port: number;
  template: string;
  parameters: Record<string, string>;
  data?: string;
  watch: boolean;
}

/** Parses the command line; undefined if it asks for help. `--parameter-overrides` takes what follows it, as sam's. */
function parseCommandLine(args: string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({
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
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is no port`);
  return {
    port,
    template: resolve(values.template),
    parameters: parseParameterOverrides([...values['parameter-overrides'], ...positionals]),
    data: values.data === undefined ? undefined : resolve(values.data),
    watch: values.watch,
  };
}

async function main(): Promise<void> {
  process.env.TZ = 'UTC'; // as on AWS; a worker thread cannot have a zone of its own
  const options = parseCommandLine(process.argv.slice(2));
  if (!options) {
    process.stdout.write(help);
    return;
  }
  const runtime = await startRuntime({
    template: options.template,
    parameters: options.parameters,
    port: options.port,
    dataDirectory: options.data,
    onLog: (entry) => print(formatLog(entry)),
    onNotice: (notice) => print(formatNotice(notice)),
  });
  process.stdout.write(`${linesToCopy(runtime.app, runtime.port)}\n`);
  if (options.watch) rebuildOnChange(runtime);
  stopOnSignal(runtime);
}

function print(line: string | undefined): void {
  if (line !== undefined) process.stdout.write(`${line}\n`);
}

/** Rebuilds at most once per burst of changes: an editor's save is several. */
function rebuildOnChange(runtime: Runtime): void {
  let timer: NodeJS.Timeout | undefined;
  watch(runtime.app.root, { recursive: true }, (_event, file) => {
    if (
      !file ||
      !/\.(?:[cm]?[jt]s|json)$/.test(file) ||
      /(?:^|[\\/])(?:node_modules|\.[^\\/]+)[\\/]/.test(file)
    )
      return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      runtime.rebuild().then(
        () => print(`Bundled anew after a change of ${file}.`),
        (error) => print(`Not bundled: ${(error as Error).message}`),
      );
    }, 100);
  });
}

/** The first signal stops cleanly, the second at once. */
function stopOnSignal(runtime: Runtime): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    runtime.close().then(
      () => process.exit(0),
      (error) => fail(error),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** What a person can act on is told in a line; what is a fault of the runtime comes with its stack. */
function fail(error: unknown): never {
  const { name, message, stack, code } = error as Error & { code?: string };
  const expected = name === 'TemplateError' || name === 'UnsupportedError' || code !== undefined;
  process.stderr.write(`${expected ? message : stack}\n`);
  process.exit(1);
}

main().catch(fail);
