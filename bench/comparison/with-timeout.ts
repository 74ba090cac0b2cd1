/** Thrown when a step exceeds its time limit. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** Waits for a promise. @throws TimeoutError if it takes longer than `milliseconds` */
export async function withTimeout<T>(step: string, milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`timed out: ${step}`)), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
