import type { RefObject } from 'preact';

/** The rows that can have the focus. */
const ROWS = '.message, .broadcast, .load-more button';
const CONTROLS = 'a[href], button';

/**
 * Makes the log one tab stop. The up and down arrows move the focus between rows. The left and right arrows move it between the
 * controls of a row, because these controls are not in the tab order. Enter opens the actions of a message, and Escape leaves
 * the log.
 */
export class LogFocus {
  /** The row that last had the focus. */
  private row?: HTMLElement;
  private hasFocus = false;
  private element?: HTMLElement;

  /** @param composer receives the focus on Escape */
  constructor(private readonly composer: RefObject<HTMLElement | null>) {}

  /**
   * Keeps the focus in the log if the focused row was removed. Call this method when the document has the rows of a new state.
   */
  update(): void {
    if (!this.hasFocus || this.row?.isConnected !== false) return;
    this.row = undefined;
    this.rows()[0]?.focus({ preventScroll: true });
  }

  readonly onFocusIn = ({ target, currentTarget }: FocusEvent): void => {
    const element = currentTarget as HTMLElement;
    this.element = element;
    this.hasFocus = true;
    this.row = this.rows().find((row) => row.contains(target as Node)) ?? this.row;
    // The log itself is a tab stop only while the focus is elsewhere. Otherwise Shift+Tab could not leave the log.
    if (target !== element) element.tabIndex = -1;
    else if (element.matches(':focus-visible')) this.findStart()?.focus();
  };

  readonly onFocusOut = ({ relatedTarget }: FocusEvent): void => {
    if (!this.element || this.element.contains(relatedTarget as Node | null)) return;
    this.element.tabIndex = 0;
    // Some browsers also send this event before they remove the focused row. The timer lets `update` run first.
    setTimeout(() => {
      this.hasFocus = this.element?.contains(document.activeElement) === true;
    });
  };

  readonly onKeyDown = (event: KeyboardEvent): void => {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey || shiftKey) return;
    if (key === 'Enter') this.openActions(event);
    const target = this.keys[key]?.();
    if (!target) return;
    event.preventDefault();
    target.focus();
  };

  /** Returns the element that a key focuses. */
  private readonly keys: Readonly<Record<string, () => HTMLElement | undefined>> = {
    ArrowUp: () => this.findRow(-1),
    ArrowDown: () => this.findRow(1),
    ArrowLeft: () => this.findControl(-1),
    ArrowRight: () => this.findControl(1),
    Home: () => this.rows()[0],
    End: () => this.rows().at(-1),
    Escape: () => {
      this.composer.current?.focus();
      return undefined;
    },
  };

  /**
   * Clicks the button of the focused row. Prevents the default action, because the key would also press the focused button of
   * the new dialog.
   */
  private openActions(event: KeyboardEvent): void {
    const { row } = this;
    if (document.activeElement !== row) return;
    event.preventDefault();
    row?.querySelector<HTMLElement>('.manage')?.click();
  }

  private rows(): HTMLElement[] {
    return [...(this.element?.querySelectorAll<HTMLElement>(ROWS) ?? [])];
  }

  private findRow(step: number): HTMLElement | undefined {
    const rows = this.rows();
    const index = rows.findIndex((row) => row.contains(document.activeElement));
    return index < 0 ? this.findStart() : rows[index + step];
  }

  private findControl(step: number): HTMLElement | undefined {
    const { row } = this;
    if (!row?.contains(document.activeElement)) return undefined;
    const controls = [row, ...row.querySelectorAll<HTMLElement>(CONTROLS)];
    return controls[controls.indexOf(document.activeElement as HTMLElement) + step];
  }

  /** Returns the row that last had the focus if it is in view. Otherwise, returns the last row in view. */
  private findStart(): HTMLElement | undefined {
    const bottom = this.element?.getBoundingClientRect().bottom ?? 0;
    const top = this.element?.getBoundingClientRect().top ?? 0;
    const visible = this.rows().filter((row) => {
      const box = row.getBoundingClientRect();
      return box.top < bottom && box.bottom > top;
    });
    return visible.find((row) => row === this.row) ?? visible.at(-1);
  }
}
