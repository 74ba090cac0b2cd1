/** Returns whether the device has a keyboard. On touch screens, the on-screen keyboard would cover the messages. */
export function hasKeyboard(): boolean {
  return matchMedia('(hover: hover)').matches;
}

/** Focuses a field, unless that opens the on-screen keyboard. */
export function focusWithoutKeyboard(field: HTMLElement | null | undefined): void {
  if (hasKeyboard()) field?.focus({ preventScroll: true });
}

/** Returns whether the key belongs to an input method, whose suggestions use Enter, Escape and the arrow keys, too. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229; // Safari reports composition only by the key code
}

/** Returns whether the key sends the text of a field with several lines. */
export function isSubmitKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !isComposing(event);
}
