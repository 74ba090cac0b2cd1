import type { Room } from '@roomcast/client';
import { useState } from 'preact/hooks';
import type { Session } from '../chat/session';

export type Operation = (room: Room) => Promise<unknown>;

/** Runs operations on the joined room, one at a time. Calls `onSuccess` after each success. */
export function useOperation(session: Session, onSuccess: () => void) {
  const [problem, setProblem] = useState<string>();
  const [isRunning, setIsRunning] = useState(false);
  const run = async (operation: Operation) => {
    if (isRunning) return;
    setIsRunning(true);
    const failure = await session.perform(operation);
    setIsRunning(false);
    setProblem(failure);
    if (failure === undefined) onSuccess();
  };
  return { problem, run: (operation: Operation) => void run(operation) };
}
