/** Returns whether the device has a keyboard. On touch screens, the on-screen keyboard would cover the messages. */
export function hasKeyboard(): boolean {
  return matchMedia('(hover: hover)').matches;
}

/** Focuses a field, unless that opens the on-screen keyboard. */
export function focusWithoutKeyboard(field: HTMLElement | null | undefined): void {
  if (hasKeyboard()) field?.focus({ preventScroll: true });
}

/**
 * Returns whether the key belongs to an input method. The suggestions of an input method also use Enter, Escape and the arrow
 * keys.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229; // Safari reports composition only by the key code
}

/**
 * Returns whether the key sends the text of a field with several lines. On-screen keyboards have no Shift+Enter for a new line,
 * so Enter sends only on devices with a keyboard. Ctrl+Enter and Command+Enter send on all devices.
 */
export function isSubmitKey(event: KeyboardEvent): boolean {
  const { key, shiftKey, ctrlKey, metaKey } = event;
  return key === 'Enter' && !shiftKey && (ctrlKey || metaKey || hasKeyboard()) && !isComposing(event);
}
