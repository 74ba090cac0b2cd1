import { createState, step } from './core/step';
import type { Effect, Event } from './core/types';
import type { Environment } from './environment';
import { ProblemError } from './problem-error';
import { createSockets, type Handshake } from './sockets';
import { createTimers } from './timers';

/** An event that settles a promise. */
type Command<E = Event> = E extends { promise: number } ? Omit<E, 'promise'> : never;

/** Effects that the client passes on to the app. */
export type AppEffect = Exclude<
  Effect,
  { type: 'open' | 'shut' | 'transmit' | 'timer' | 'cancel' | 'fetchToken' | 'resolve' | 'reject' }
>;

/** Performs the effects of the state machine with sockets, timers and promises. */
export interface Shell {
  /** Applies an event and performs its effects. Events that listeners cause are queued behind it. */
  dispatch(event: Event): void;
  /** Dispatches a command and returns its result. Rejects with `ProblemError`. */
  execute<T>(command: Command): Promise<T>;
}

/**
 * @param createHandshake called for each connection, because tokens expire
 * @param fetchToken called before the token of the current connection expires
 */
export function createShell(
  environment: Environment,
  createHandshake: () => Promise<Handshake>,
  fetchToken: () => Promise<string>,
  onAppEffect: (effect: AppEffect) => void,
): Shell {
  const state = createState(environment.random);
  const sockets = createSockets(environment, createHandshake, dispatch);
  const timers = createTimers(environment, (key) => dispatch({ type: 'timer', key }));
  const promises = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  const queue: Event[] = [];
  let isDispatching = false;
  let lastPromise = 0;

  function dispatch(event: Event): void {
    queue.push(event);
    if (isDispatching) return;
    isDispatching = true;
    try {
      for (let next = queue.shift(); next; next = queue.shift()) {
        for (const effect of step(state, next, environment.now())) perform(effect);
      }
    } finally {
      isDispatching = false;
    }
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'open':
        void sockets.open(effect.socket);
        break;
      case 'shut':
        sockets.shut(effect.socket);
        break;
      case 'transmit':
        sockets.send(effect.socket, effect.text);
        break;
      case 'timer':
        timers.start(effect.key, effect.ms);
        break;
      case 'cancel':
        timers.cancel(effect.key);
        break;
      case 'fetchToken':
        // Without a new token, the connection ends when its token expires. The client then connects again.
        fetchToken().then(
          (token) => dispatch({ type: 'token', token }),
          () => undefined,
        );
        break;
      case 'resolve':
        promises.get(effect.promise)?.resolve(effect.value as never);
        promises.delete(effect.promise);
        break;
      case 'reject':
        promises.get(effect.promise)?.reject(new ProblemError(effect.problem));
        promises.delete(effect.promise);
        break;
      default:
        if (effect.type === 'phase' && effect.phase === 'closed') timers.cancelAll();
        onAppEffect(effect);
    }
  }

  return {
    dispatch,
    execute<T>(command: Command): Promise<T> {
      const promise = ++lastPromise;
      const result = new Promise<T>((resolve, reject) => promises.set(promise, { resolve, reject }));
      dispatch({ ...command, promise } as Event);
      return result;
    },
  };
}
