/** Cuts a stream of text into lines; what has no line break yet waits for it or for `flush`. */
export function lineSplitter(emit: (line: string) => void): { push(text: string): void; flush(): void } {
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
