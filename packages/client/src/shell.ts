import { createState, step } from './core/step';
import type { Effect, Event } from './core/types';
import type { Environment, SocketLike } from './environment';
import { ProblemError } from './problem-error';

/** Parameters of a WebSocket handshake. */
interface Handshake {
  url: string;
  protocols: string[];
}

const REJECTED = 'The server cannot be reached, or it rejected the connection.';

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
  const sockets = new Map<number, SocketLike | undefined>();
  const timers = new Map<string, () => void>();
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
        sockets.set(effect.socket, undefined);
        void open(effect.socket);
        break;
      case 'shut':
        shut(effect.socket);
        break;
      case 'transmit':
        sockets.get(effect.socket)?.send(effect.text);
        break;
      case 'timer':
        startTimer(effect.key, effect.ms);
        break;
      case 'cancel':
        cancelTimer(effect.key);
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
        if (effect.type === 'phase' && effect.phase === 'closed') {
          for (const key of timers.keys()) cancelTimer(key);
        }
        onAppEffect(effect);
    }
  }

  async function open(number: number): Promise<void> {
    const report = (event: Event) => sockets.has(number) && dispatch(event);
    try {
      const { url, protocols } = await createHandshake();
      if (!sockets.has(number)) return; // Shut while the token was fetched.
      const socket = environment.openSocket(url, protocols);
      sockets.set(number, socket);
      socket.onopen = () => report({ type: 'opened', socket: number });
      socket.onmessage = ({ data }: { data: unknown }) =>
        report({ type: 'frame', socket: number, frame: parse(data) });
      let reason = REJECTED;
      // `close` follows. Browsers hide the reason; `ws` reports the status of the response.
      socket.onerror = ({ message }: { message?: string }) => {
        reason = message || REJECTED;
      };
      socket.onclose = () => report({ type: 'closed', socket: number, reason });
    } catch (error) {
      // The token request failed, or the token is not a valid subprotocol.
      report({ type: 'closed', socket: number, reason: (error as Error).message });
    }
  }

  function shut(number: number): void {
    const socket = sockets.get(number);
    sockets.delete(number);
    socket?.close();
  }

  function startTimer(key: string, ms: number): void {
    cancelTimer(key);
    const onDue = () => {
      timers.delete(key);
      dispatch({ type: 'timer', key });
    };
    timers.set(key, environment.startTimer(ms, onDue));
  }

  function cancelTimer(key: string): void {
    timers.get(key)?.();
    timers.delete(key);
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

/** Parses a frame. Returns undefined for invalid JSON, which the state machine ignores. */
function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
