/**
 * The largest log event of CloudWatch Logs, which Lambda splits longer lines into.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
const MAX_LINE_CHARACTERS = 256 * 1024;

/**
 * Splits a stream of text into lines. Keeps an incomplete line until its line break arrives, it is as long as a log event, or
 * `flush` is called.
 */
export function createLineSplitter(emit: (line: string) => void): {
  push(text: string): void;
  flush(): void;
} {
  let rest = '';

  function emitParts(line: string): void {
    for (let i = 0; i === 0 || i < line.length; i += MAX_LINE_CHARACTERS) {
      emit(line.slice(i, i + MAX_LINE_CHARACTERS));
    }
  }

  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) emitParts(line);
      if (rest.length >= MAX_LINE_CHARACTERS) {
        emitParts(rest);
        rest = '';
      }
    },
    flush() {
      if (rest !== '') emit(rest);
      rest = '';
    },
  };
}
