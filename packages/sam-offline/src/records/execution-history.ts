import type { ExecutionRecord, RunningExecution } from '../states';
import { describeInputs, type InputSummary } from './describe-input';

/** The maximum number of stored records. */
const MAX_RECORDS = 500;
/** The maximum total size of inputs and outputs. */
const MAX_DATA_BYTES = 16 * 1024 * 1024;
/** The number of records that are kept even if their data exceeds `MAX_DATA_BYTES`. */
const MIN_RECORDS = 20;

type DataFields = 'transitions' | 'input' | 'output' | 'dataBytes';

/** An execution without its inputs, outputs and transitions. */
export type ExecutionSummary = Omit<ExecutionRecord | RunningExecution, DataFields> & InputSummary;

/** Stores the latest executions of all state machines, in memory. */
export class ExecutionHistory {
  /** The records, newest first. */
  private records: ExecutionRecord[] = [];
  private bytes = 0;
  private changeCount = 0;

  constructor(private readonly running: () => readonly RunningExecution[] = () => []) {}

  /** Increases when an execution ends. */
  get version(): number {
    return this.changeCount;
  }

  add(record: ExecutionRecord): void {
    this.changeCount += 1;
    this.records.unshift(record);
    this.bytes += record.dataBytes;
    while (
      this.records.length > MAX_RECORDS ||
      (this.bytes > MAX_DATA_BYTES && this.records.length > MIN_RECORDS)
    ) {
      this.bytes -= this.records.pop()?.dataBytes ?? 0;
    }
  }

  /** Returns the running and the stored executions without their data, most recently started first. */
  list(): readonly ExecutionSummary[] {
    const all = [...this.running(), ...this.records].sort((a, b) => b.startDate - a.startDate);
    const summaries = describeInputs(all.map(({ input }) => input));
    return all.map((record, index) => ({
      ...omitData(record),
      ...(summaries[index] as InputSummary),
    }));
  }

  /** Returns an execution with its inputs, outputs and transitions. */
  find(arn: string): ExecutionRecord | RunningExecution | undefined {
    const all = [...this.running(), ...this.records];
    return all.find(({ executionArn }) => executionArn === arn);
  }
}

function omitData(
  record: ExecutionRecord | RunningExecution,
): Omit<ExecutionRecord | RunningExecution, DataFields> {
  const {
    transitions: _transitions,
    input: _input,
    output: _output,
    dataBytes: _dataBytes,
    ...rest
  } = record;
  return rest;
}
