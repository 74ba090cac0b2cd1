/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How bad a network is. Shares are 0 to 1. */
export interface Weather {
  /** Of pushes, which really get lost now and then. */
  losesPushes: number;
  /** Of everything else, in both directions. */
  loses: number;
  repeats: number;
  /** Of frames that take up to `slowMs` instead of `quickMs`. */
  slow: number;
  quickMs: number;
  slowMs: number;
  /** Of returns that ask to resume from a place that the server does not know. */
  forgets: number;
}

export const CALM: Weather = {
  losesPushes: 0,
  loses: 0,
  repeats: 0,
  slow: 0,
  quickMs: 0,
  slowMs: 0,
  forgets: 0,
};

/** What a network did. */
export interface Done {
  cutInMidSend: boolean;
  repeatedPush: boolean;
  filledGap: boolean;
}

/** A network between one client and the server: decides what becomes of each frame. */
export class Faults {
  weather: Weather = CALM;
  /** Nothing comes through, and nobody is told. */
  silent = false;
  readonly done: Done = { cutInMidSend: false, repeatedPush: false, filledGap: false };
  /** Sends without an answer, by request id. */
  private readonly sending = new Set<string>();

  constructor(private readonly random: () => number) {}

  /** The connection is cut. */
  cut(): void {
    this.done.cutInMidSend ||= this.sending.size > 0;
    this.sending.clear();
  }

  /** What a client's frame becomes: the text to pass on, and after how many milliseconds each copy of it arrives. */
  up(text: string): { text: string; copies: number[] } {
    const frame = JSON.parse(text);
    if (frame.action === 'sendmessage') this.sending.add(frame.id);
    if (frame.action === 'history') this.done.filledGap = true;
    if (frame.resume && this.random() < this.weather.forgets) {
      frame.resume.epoch = 'another';
      return { text: JSON.stringify(frame), copies: this.copies(this.weather.loses) };
    }
    return { text, copies: this.copies(this.weather.loses) };
  }

  /** The same for a frame of the server. */
  down(text: string): number[] {
    const id = JSON.parse(text)?.id;
    const copies = this.copies(id === undefined ? this.weather.losesPushes : this.weather.loses);
    if (copies.length > 0) this.sending.delete(id);
    this.done.repeatedPush ||= id === undefined && copies.length > 1;
    return copies;
  }

  private copies(loses: number): number[] {
    if (this.silent || this.random() < loses) return [];
    const { repeats, slow, slowMs, quickMs } = this.weather;
    const delay = () => this.random() * (this.random() < slow ? slowMs : quickMs);
    return this.random() < repeats ? [delay(), delay()] : [delay()];
  }
}
