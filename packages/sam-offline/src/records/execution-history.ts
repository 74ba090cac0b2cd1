import type { ExecutionRecord, RunningExecution } from '../states';

/** What the list that tests and scripts read holds. */
const MAX_LISTED = 100;
/** The records kept whole, and the bytes of inputs and outputs they may hold together. */
const MAX_RECORDS = 500;
const MAX_DATA_BYTES = 64 * 1024 * 1024;

/** The state machines' last executions. */
export class ExecutionHistory {
  /** The newest first. */
  private records: ExecutionRecord[] = [];
  private bytes = 0;
  private changeCount = 0;

  constructor(private readonly running: () => readonly RunningExecution[] = () => []) {}

  /** How often an execution ended. */
  get version(): number {
    return this.changeCount;
  }

  add(record: ExecutionRecord): void {
    this.changeCount += 1;
    this.records.unshift(record);
    this.bytes += record.dataBytes;
    while (
      this.records.length > MAX_RECORDS ||
      (this.bytes > MAX_DATA_BYTES && this.records.length > MAX_LISTED)
    ) {
      this.bytes -= this.records.pop()?.dataBytes ?? 0;
    }
  }

  /** The last 100, newest first, without what they carried. */
  list(): readonly object[] {
    return this.records.slice(0, MAX_LISTED).map(omitData);
  }

  /** All that are kept, those that run first, with no more than a list shows. */
  summaries(): readonly object[] {
    return [...this.running(), ...this.records].map((record) => {
      const { transitions, transitionsDropped, ...facts } = record;
      const states = transitions.length + transitionsDropped;
      return { ...omitData({ ...facts, transitions, transitionsDropped }), states };
    });
  }

  /** One with everything that is known of it. */
  find(arn: string): ExecutionRecord | RunningExecution | undefined {
    const all = [...this.running(), ...this.records];
    return all.find(({ executionArn }) => executionArn === arn);
  }
}

function omitData(record: ExecutionRecord | RunningExecution): object {
  const {
    transitions: _transitions,
    input: _input,
    output: _output,
    dataBytes: _dataBytes,
    ...rest
  } = record;
  return rest;
}
