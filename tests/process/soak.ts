import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../testbed/random';
import { readUrl, startRuntimeProcess } from '../../testbed/runtime-process';
import type { Violation } from '../simulation/checker';
import { Users } from './users';

const USERS = 10;
const REPORTS = 10;

/** Runs users who chat and reconnect at a steady rate, and prints latency, memory, handles and counts. */
export async function runSoak({
  minutes,
  rate,
  seed,
}: {
  minutes: number;
  rate: number;
  seed: number;
}): Promise<Violation[]> {
  const random = createRandom(seed);
  const runtime = await startRuntimeProcess(['--parameter-overrides', 'Limits=loadTest'], false);
  try {
    const url = readUrl(runtime.output());
    const users = await Users.open(Array(USERS).fill(`${url.replace('http', 'ws')}/production`), random);
    const load = setInterval(() => users.act(), 1000 / rate);
    console.log('minute  sends  median ms  99% ms  memory MB  handles  connections  member count');
    for (let report = 1; report <= REPORTS; report += 1) {
      await sleep((minutes * 60_000) / REPORTS);
      const latencies = users.latencies.splice(0).sort((a, b) => a - b);
      const at = (share: number) => Math.round(latencies[Math.floor(latencies.length * share)] ?? 0);
      const columns = [(minutes / REPORTS) * report, latencies.length, at(0.5), at(0.99)];
      const { pid } = runtime;
      const counts = [await countConnections(url), await users.countMembers()];
      console.log([...columns, memoryMb(pid), countHandles(pid), ...counts].join('  '));
    }
    clearInterval(load);
    const violations = await users.finish();
    console.log(users.summarize());
    return violations;
  } finally {
    runtime.child.kill('SIGKILL');
  }
}

/** Returns the number of open connections of the runtime. */
async function countConnections(url: string): Promise<number> {
  const connections = (await (await fetch(`${url}/_local/connections`)).json()) as unknown[];
  return connections.length;
}

/** Returns the resident memory of a process. Works only on Linux. */
function memoryMb(pid: number): number | undefined {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}

/** Returns the number of open files and sockets of a process. Works only on Linux. */
function countHandles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}
