/** Splits a stream of text into lines. Keeps an incomplete line until its line break arrives or `flush` is called. */
export function createLineSplitter(emit: (line: string) => void): {
  push(text: string): void;
  flush(): void;
} {
  let rest = '';
  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) emit(line);
    },
    flush() {
      if (rest !== '') emit(rest);
      rest = '';
    },
  };
}
