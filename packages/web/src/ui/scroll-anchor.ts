/** A row of the log with the position of its bottom edge in the viewport, in CSS pixels. */
export interface AnchorRow {
  row: Element;
  bottom: number;
}

/** Returns the rows from the first visible one on, with their current positions. */
export function captureAnchors(log: Element): AnchorRow[] {
  const top = log.getBoundingClientRect().top;
  return [...log.querySelectorAll('.rows > *')]
    .map((row) => ({ row, bottom: row.getBoundingClientRect().bottom }))
    .filter(({ bottom }) => bottom > top);
}

/**
 * Scrolls so that the first captured row that is still in the document keeps its position. The anchor is the bottom
 * edge, because the author line at the top of a row disappears when older messages extend its group.
 */
export function restoreAnchor(log: Element, anchors: AnchorRow[]): void {
  const anchor = anchors.find(({ row }) => row.isConnected);
  const offset = anchor ? anchor.row.getBoundingClientRect().bottom - anchor.bottom : 0;
  if (offset !== 0) log.scrollTop += offset; // Setting scrollTop, even to its current value, stops smooth scrolling.
}
