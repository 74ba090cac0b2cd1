// Replaces the Node.js packages that `expect` imports.

export class ErrorWithStack extends Error {}

export function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

export function pluralize(word: string, count: number): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

export function formatStackTrace(stack: string): string {
  return stack;
}

export function separateMessageFromStack(content: string) {
  return { message: content, stack: '' };
}

export function formatExecError(error: Error): string {
  return String(error);
}
