import { listTree, parseMegabytes, parseStat, readTreeUsage, selectTree } from '../comparison/process-tree';

/** The fields after the name: state, parent, and others up to utime and stime. */
const stat = (pid: number, name: string, parent: number, utime: number, stime: number, ended = 0) =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 100 0 0 0 ${utime} ${stime} ${ended} ${ended} 20 0 11 0 1 1000 200`;

describe('parseStat', () => {
  it('reads the parent and the CPU time', () => {
    expect(parseStat(stat(42, 'node', 7, 150, 25))).toEqual({ pid: 42, parent: 7, cpuMs: 1750 });
  });

  it('adds the CPU time of child processes that have ended', () => {
    expect(parseStat(stat(42, 'node', 7, 150, 25, 10)).cpuMs).toBe(1950);
  });

  it('accepts parentheses and spaces in the program name', () => {
    expect(parseStat(stat(42, 'a) S (b', 7, 1, 0))).toEqual({ pid: 42, parent: 7, cpuMs: 10 });
  });
});

describe('selectTree', () => {
  const processes = [
    [1, 0],
    [5, 3],
    [2, 1],
    [3, 2],
    [4, 1],
  ].map(([pid = 0, parent = 0]) => ({ pid, parent, cpuMs: 0 }));

  it('selects a process and its descendants', () => {
    expect(selectTree(processes, 2).map(({ pid }) => pid)).toEqual([2, 3, 5]);
  });

  it('selects nothing for a process that has ended', () => {
    expect(selectTree(processes, 9)).toEqual([]);
  });
});

describe('parseMegabytes', () => {
  const status = 'Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n';

  it('reads a line in megabytes', () => {
    expect(parseMegabytes(status, 'VmRSS')).toBe(100);
    expect(parseMegabytes(status, 'VmHWM')).toBe(200);
  });

  it('returns 0 if the status has no such line', () => {
    expect(parseMegabytes('Name:\tnode\nState:\tZ (zombie)\n', 'VmRSS')).toBe(0);
  });
});

describe('readTreeUsage', () => {
  it('reads the memory and CPU time of this process', () => {
    expect(listTree(process.pid)).toContain(process.pid);
    const { cpuMs, residentMb, peakMb } = readTreeUsage(process.pid);
    expect(cpuMs).toBeGreaterThan(0);
    expect(residentMb).toBeGreaterThan(20);
    expect(peakMb).toBeGreaterThanOrEqual(residentMb);
  });
});
