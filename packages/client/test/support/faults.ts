/** Fault rates of a network. Rates are from 0 to 1. */
export interface FaultRates {
  /** Lost pushes. */
  pushLoss: number;
  /** Other lost frames, in both directions. */
  frameLoss: number;
  duplicates: number;
  /** Frames delayed by up to `slowMs` instead of `quickMs`. */
  slowFrames: number;
  quickMs: number;
  slowMs: number;
  /** Resume requests changed to use an epoch that the server does not know. */
  staleResumes: number;
}

export const NO_FAULTS: FaultRates = {
  pushLoss: 0,
  frameLoss: 0,
  duplicates: 0,
  slowFrames: 0,
  quickMs: 0,
  slowMs: 0,
  staleResumes: 0,
};

/** Faults that occurred. */
interface ObservedFaults {
  cutDuringSend: boolean;
  duplicatePush: boolean;
  gapFilled: boolean;
}

/** The network between one client and the server. Decides which frames are lost, delayed or duplicated. */
export class Faults {
  rates: FaultRates = NO_FAULTS;
  /** Drops every frame without closing the connection. */
  isBlackhole = false;
  readonly observed: ObservedFaults = { cutDuringSend: false, duplicatePush: false, gapFilled: false };
  /** Request IDs of sends without a reply. */
  private readonly unansweredSends = new Set<string>();

  constructor(private readonly random: () => number) {}

  recordCut(): void {
    this.observed.cutDuringSend ||= this.unansweredSends.size > 0;
    this.unansweredSends.clear();
  }

  /** Returns the text to forward for a client's frame, and the delay of each copy in milliseconds. */
  planRequest(text: string): { text: string; delays: number[] } {
    const frame = JSON.parse(text);
    if (frame.action === 'sendmessage') this.unansweredSends.add(frame.id);
    if (frame.action === 'history') this.observed.gapFilled = true;
    if (frame.resume && this.random() < this.rates.staleResumes) {
      frame.resume.epoch = 'another';
      return { text: JSON.stringify(frame), delays: this.delays(this.rates.frameLoss) };
    }
    return { text, delays: this.delays(this.rates.frameLoss) };
  }

  /** Returns the delay of each copy of a server's frame. */
  planReply(text: string): number[] {
    const id = JSON.parse(text)?.id;
    const delays = this.delays(id === undefined ? this.rates.pushLoss : this.rates.frameLoss);
    if (delays.length > 0) this.unansweredSends.delete(id);
    this.observed.duplicatePush ||= id === undefined && delays.length > 1;
    return delays;
  }

  private delays(lossRate: number): number[] {
    if (this.isBlackhole || this.random() < lossRate) return [];
    const { duplicates, slowFrames, slowMs, quickMs } = this.rates;
    const delay = () => this.random() * (this.random() < slowFrames ? slowMs : quickMs);
    return this.random() < duplicates ? [delay(), delay()] : [delay()];
  }
}
