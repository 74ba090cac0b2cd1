/**
 * The maximum size of a CloudWatch Logs event. Lambda splits longer lines into several events.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
const MAX_LINE_CHARACTERS = 256 * 1024;

/**
 * Splits a stream of text into lines. Buffers an incomplete line until the line break arrives, the line reaches the maximum
 * size, or `flush` is called.
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
