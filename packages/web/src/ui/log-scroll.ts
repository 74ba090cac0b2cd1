import { hasEnd, type RoomState } from '../chat/room-state';
import type { Row } from '../chat/rows';
import type { Session } from '../chat/session';
import { type AnchorRow, captureAnchors, restoreAnchor } from './scroll-anchor';

/** Distances from the edges of the log, in CSS pixels. */
const END_DISTANCE = 60;
const LOAD_DISTANCE = 300;

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * Controls the scroll position of a log: follows new messages while its end is in view, keeps the position otherwise, and loads
 * more messages near the edges. The handlers read the latest state from this object, because a handler created during a render
 * would keep the messages of that render in memory.
 */
export class LogScroll {
  isAtEnd: boolean;
  /** Called when the end of the log comes into view, or leaves it. */
  onAtEnd: (isAtEnd: boolean) => void = () => undefined;
  /** Set from a click on the jump button until the end of the log is in view or the user scrolls. */
  private isJumping = false;
  private savedPosition?: number;
  private lastKey?: string;
  private anchors: AnchorRow[] = [];
  private element: HTMLElement | null = null;
  /** The on-screen keyboard and a growing composer make the log shorter. */
  private readonly resizeObserver = new ResizeObserver(() => {
    if (this.isAtEnd || this.isJumping) this.scrollToEnd('instant');
  });

  constructor(
    private readonly session: Session,
    private state: RoomState,
  ) {
    this.savedPosition = session.scrollPositions.get(state.room);
    this.isAtEnd = this.savedPosition === undefined;
  }

  /** Receives the log's element. */
  readonly attach = (element: HTMLElement | null): void => {
    this.element = element;
    if (element) this.resizeObserver.observe(element);
    else this.resizeObserver.disconnect();
  };

  /**
   * Records the positions of the visible rows. Call this method during rendering, while the document has the previous rows.
   */
  capture(): void {
    this.anchors = this.element && !this.isAtEnd ? captureAnchors(this.element) : [];
  }

  /** Sets the scroll position. Call this method when the document has the rows of a new state. `last` is the last row. */
  update(state: RoomState, last: Row | undefined): void {
    const hasSent = last?.kind === 'message' && last.pending && last.key !== this.lastKey;
    const hasNewStatus = state.newerStatus !== this.state.newerStatus;
    this.state = state;
    this.lastKey = last?.key;
    if (hasSent && !hasEnd(state)) this.isJumping = true; // The latest messages are loaded first.
    const isJumpDone = hasEnd(state) && (hasSent || (this.isJumping && hasNewStatus));
    if (isJumpDone && !this.isAtEnd) this.changeAtEnd(true);
    this.restore();
    if (hasNewStatus) this.onScroll(); // Messages that are added below the visible ones cause no scroll event.
  }

  /** Scrolls to the current search match or the quoted message, and returns its row. */
  showFound(): HTMLElement | null {
    const row = this.element?.querySelector<HTMLElement>('.found') ?? null;
    row?.scrollIntoView({ block: 'center' });
    return row;
  }

  /** Scrolls to the latest message. Loads it first if necessary. */
  jump(): void {
    this.isJumping = true;
    if (hasEnd(this.state)) this.scrollToEnd(reducedMotion.matches ? 'instant' : 'smooth');
    else void this.session.loadLatest();
  }

  readonly stopJump = (): void => {
    this.isJumping = false;
  };

  readonly onScroll = (): void => {
    const { element, session, state } = this;
    if (!element) return;
    const endDistance = element.scrollHeight - element.scrollTop - element.clientHeight;
    const atEnd = endDistance < END_DISTANCE && hasEnd(state);
    if (atEnd !== this.isAtEnd) this.changeAtEnd(atEnd);
    if (atEnd) session.scrollPositions.delete(state.room);
    else session.scrollPositions.set(state.room, element.scrollTop);
    if (element.scrollTop < LOAD_DISTANCE && state.olderStatus === 'available') void session.loadOlder();
    if (endDistance < LOAD_DISTANCE && state.newerStatus === 'available') void session.loadNewer();
  };

  readonly onScrollEnd = (): void => {
    if (this.isJumping) this.scrollToEnd('instant');
  };

  private restore(): void {
    const { element, savedPosition } = this;
    this.savedPosition = undefined;
    if (this.isAtEnd) this.scrollToEnd('instant');
    else if (element && savedPosition !== undefined) element.scrollTop = savedPosition;
    else if (element) restoreAnchor(element, this.anchors);
    this.anchors = [];
  }

  private changeAtEnd(isAtEnd: boolean): void {
    if (isAtEnd) this.stopJump();
    this.isAtEnd = isAtEnd;
    this.onAtEnd(isAtEnd);
    this.session.setAtEnd(isAtEnd);
  }

  private scrollToEnd(behavior: ScrollBehavior): void {
    this.element?.scrollTo({ top: this.element.scrollHeight, behavior });
  }
}
