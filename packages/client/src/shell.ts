import { newCore, step } from './core/step';
import type { Effect, Event } from './core/types';
import type { Environment, SocketLike } from './environment';
import { ProblemError } from './problem-error';

/** How a socket is opened: asked for anew at each connection, so that a token is fresh. */
export interface Handshake {
  url: string;
  protocols: string[];
}

type Ticket = { resolve(value: unknown): void; reject(error: Error): void };

/** An event that a promise waits for the end of. */
type Wish<E = Event> = E extends { ticket: number } ? Omit<E, 'ticket'> : never;

/** Effects that concern the app. */
export type News = Exclude<
  Effect,
  { type: 'open' | 'shut' | 'transmit' | 'timer' | 'cancel' | 'resolve' | 'reject' }
>;

/** Does what the core decides: holds the sockets, the timers and the promises, and nothing of the chat. */
export class Shell {
  private readonly core;
  private readonly sockets = new Map<number, SocketLike | undefined>();
  private readonly timers = new Map<string, () => void>();
  private readonly tickets = new Map<number, Ticket>();
  private readonly queue: Event[] = [];
  private busy = false;
  private count = 0;

  constructor(
    private readonly environment: Environment,
    private readonly handshake: () => Promise<Handshake>,
    private readonly tell: (news: News) => void,
  ) {
    this.core = newCore(environment.random);
  }

  /** An event, and its effects. What a listener does meanwhile comes after it. */
  dispatch(event: Event): void {
    this.queue.push(event);
    if (this.busy) return;
    this.busy = true;
    try {
      for (let next = this.queue.shift(); next; next = this.queue.shift()) {
        for (const effect of step(this.core, next, this.environment.now())) this.perform(effect);
      }
    } finally {
      this.busy = false;
    }
  }

  /** An event that ends in an answer. Rejects with `ProblemError`. */
  wish<T>(wish: Wish): Promise<T> {
    const ticket = ++this.count;
    const promise = new Promise<T>((resolve, reject) => {
      this.tickets.set(ticket, { resolve: resolve as (value: unknown) => void, reject });
    });
    this.dispatch({ ...wish, ticket } as Event);
    return promise;
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'open':
        this.sockets.set(effect.socket, undefined);
        void this.open(effect.socket);
        break;
      case 'shut':
        this.shut(effect.socket);
        break;
      case 'transmit':
        this.sockets.get(effect.socket)?.send(effect.text);
        break;
      case 'timer':
        this.cancel(effect.key);
        this.timers.set(
          effect.key,
          this.environment.after(effect.ms, () => this.due(effect.key)),
        );
        break;
      case 'cancel':
        this.cancel(effect.key);
        break;
      case 'resolve':
        this.tickets.get(effect.ticket)?.resolve(effect.value);
        this.tickets.delete(effect.ticket);
        break;
      case 'reject':
        this.tickets.get(effect.ticket)?.reject(new ProblemError(effect.problem));
        this.tickets.delete(effect.ticket);
        break;
      default:
        if (effect.type === 'phase' && effect.phase === 'closed') this.rest();
        this.tell(effect);
    }
  }

  private async open(number: number): Promise<void> {
    try {
      const { url, protocols } = await this.handshake();
      if (!this.sockets.has(number)) return; // given up meanwhile
      const socket = this.environment.socket(url, protocols);
      this.sockets.set(number, socket);
      const say = (event: Event) => this.sockets.has(number) && this.dispatch(event);
      socket.onopen = () => say({ type: 'opened', socket: number });
      socket.onmessage = ({ data }: { data: unknown }) =>
        say({ type: 'frame', socket: number, frame: parse(data) });
      socket.onclose = () => say({ type: 'closed', socket: number });
      socket.onerror = () => undefined; // the close that follows tells
    } catch {
      this.dispatch({ type: 'closed', socket: number }); // no token, or none that may stand in a handshake
    }
  }

  private shut(number: number): void {
    const socket = this.sockets.get(number);
    this.sockets.delete(number);
    socket?.close();
  }

  private due(key: string): void {
    this.timers.delete(key);
    this.dispatch({ type: 'timer', key });
  }

  private rest(): void {
    for (const key of this.timers.keys()) this.cancel(key);
  }

  private cancel(key: string): void {
    this.timers.get(key)?.();
    this.timers.delete(key);
  }
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
