import { styleText } from 'node:util';
import { formatLog, formatNotice } from '../app/log-format';
import type { Runtime } from '../app/runtime';
import type { LogEntry } from '../lambda';
import type { SupportReport } from '../template/support';
import { formatSupport, isFullySupported, type Style } from '../template/support-table';
import type { StartArguments } from './command-line';
import { formatReadyMessage } from './ready-message';

/** Writes the output of the command to standard output. */
export interface Output {
  ready(runtime: Runtime, options: StartArguments): void;
  log(entry: LogEntry, logicalId: string): void;
  notice(notice: object): void;
  /** Writes a progress line, for example during an installation or a rebuild. */
  progress(line: string): void;
  support(report: SupportReport): void;
}

/** Uses colors only on a terminal, unless the user has disabled colors. */
const style: Style = (color, text) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? styleText(color, text) : text;

/** Writes human-readable text. */
export const TEXT_OUTPUT: Output = {
  ready(runtime, { strict, seed }) {
    const { port, app } = runtime;
    const overview = runtime.overview();
    const { region, support } = app;
    print(`\n${formatReadyMessage({ port, region, overview, support, strict, seed, style })}`);
  },
  log: (entry, logicalId) => print(formatLog(entry, logicalId)),
  notice: (notice) => print(formatNotice(notice)),
  progress: print,
  support: (report) => print(formatSupport(report, style).trimEnd()),
};

/** Writes one JSON object per line, with a `type`, for programs. */
export const JSON_OUTPUT: Output = {
  ready(runtime, { seed }) {
    const { port, app } = runtime;
    const sections = runtime.overview();
    printJson('ready', { url: `http://localhost:${port}`, port, pid: process.pid, seed, sections });
    JSON_OUTPUT.support(app.support);
  },
  log: (entry, logicalId) => printJson('log', { function: logicalId, ...entry }),
  notice: (notice) => printJson('notice', notice),
  progress: (message) => printJson('progress', { message }),
  support: (report) => printJson('support', { isFullySupported: isFullySupported(report), ...report }),
};

function print(line: string | undefined): void {
  if (line !== undefined) process.stdout.write(`${line}\n`);
}

function printJson(type: string, members: object): void {
  print(JSON.stringify({ type, ...members }));
}
