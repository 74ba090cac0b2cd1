import { readdirSync, readFileSync } from 'node:fs';

/** The ticks per second of the CPU times in /proc. The value applies to all platforms that Node.js supports. */
const TICKS_PER_SECOND = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
}

/** The CPU time and memory of a process and all its descendants. */
export interface TreeUsage {
  readonly cpuMs: number;
  readonly residentMb: number;
  /** The sum of the peaks of the processes. */
  readonly peakMb: number;
}

/**
 * Parses `/proc/PID/stat`. The CPU time includes child processes that have ended. The program name can contain spaces and
 * parentheses. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime and cstime. The last two keep the CPU time of child processes that have ended, such as esbuild, in the
  // total.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    cpuMs: (1000 * ticks) / TICKS_PER_SECOND,
  };
}

/** Returns the process `root` and its descendants. */
export function selectTree(processes: readonly ProcessStat[], root: number): ProcessStat[] {
  const selected = processes.filter(({ pid }) => pid === root);
  for (const { pid } of selected) selected.push(...processes.filter(({ parent }) => parent === pid));
  return selected;
}

/** Reads the usage of a process tree from Linux's /proc. */
export function readTreeUsage(root: number): TreeUsage {
  const tree = selectTree(listProcesses(), root);
  const statuses = tree.map(({ pid }) => readFile(`/proc/${pid}/status`) ?? '');
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    cpuMs: sum(tree.map(({ cpuMs }) => cpuMs)),
    residentMb: sum(statuses.map((status) => parseMegabytes(status, 'VmRSS'))),
    peakMb: sum(statuses.map((status) => parseMegabytes(status, 'VmHWM'))),
  };
}

/** Returns the process IDs of a process and its descendants. */
export function listTree(root: number): number[] {
  return selectTree(listProcesses(), root).map(({ pid }) => pid);
}

/** Parses a line of `/proc/PID/status`, for example `VmHWM:	  118000 kB`. */
export function parseMegabytes(status: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return Number(kilobytes ?? 0) / 1024;
}

function listProcesses(): ProcessStat[] {
  const texts = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readFile(`/proc/${pid}/stat`));
  return texts.filter((text) => text !== undefined).map(parseStat);
}

/** Returns undefined if the process has ended. */
function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
