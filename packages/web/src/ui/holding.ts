/** An item of the log, and where its bottom is in the window, in CSS pixels. */
export interface Standing {
  item: Element;
  bottom: number;
}

/** The items from the first that is in sight on, as they stand now. */
export function standing(log: Element): Standing[] {
  const edge = log.getBoundingClientRect().top;
  return [...log.querySelectorAll('.rows > *')]
    .map((item) => ({ item, bottom: item.getBoundingClientRect().bottom }))
    .filter(({ bottom }) => bottom > edge);
}

/**
 * Scrolls so that what was in sight is where it was, whatever came or went before it. The first item is held by its
 * bottom, for its author's line goes when the group it started turns out to start earlier; a day's line may be gone.
 */
export function hold(log: Element, stood: Standing[]): void {
  const still = stood.find(({ item }) => item.isConnected);
  const moved = still ? still.item.getBoundingClientRect().bottom - still.bottom : 0;
  if (moved !== 0) log.scrollTop += moved; // to set it ends a smooth scroll that is under way, even to what it is
}
