/** A row of the log with the position of its bottom edge in the viewport, in CSS pixels. */
export interface AnchorRow {
  row: Element;
  bottom: number;
}

/** More rows than one change can remove. */
const MAX_ANCHORS = 20;

/** Returns the first visible row and some rows after it, with their current positions. */
export function captureAnchors(log: Element): AnchorRow[] {
  const top = log.getBoundingClientRect().top;
  const rows = log.querySelector('.rows')?.children ?? [];
  const bottomOf = (index: number) => (rows[index] as Element).getBoundingClientRect().bottom;
  let first = 0;
  for (let end = rows.length; first < end; ) {
    const middle = (first + end) >> 1;
    if (bottomOf(middle) > top) end = middle;
    else first = middle + 1;
  }
  return [...rows]
    .slice(first, first + MAX_ANCHORS)
    .map((row, index) => ({ row, bottom: bottomOf(first + index) }));
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
