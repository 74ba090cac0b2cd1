/** @import { Point, Rect } from './types' */

/** The distance between an edge and the cards it passes, in CSS pixels. */
const CLEARANCE = 12;
/** How far a backward edge extends beside a card before it turns, in CSS pixels. */
const TURN = 40;

/**
 * Returns the SVG path of an edge. An edge behind a card would look as if it started there, so the path passes each
 * column through the gap between two cards that is nearest to the straight line.
 *
 * @param {Point} from
 * @param {Point} to
 * @param {readonly (readonly Rect[])[]} columns the cards of each column between the two points, from top to bottom
 */
export function edgePath(from, to, columns) {
  let path = `M${from}`;
  let at = from;
  for (const cards of columns) {
    const [card] = cards;
    if (!card) continue;
    const { x, width } = card;
    const straightY = at[1] + ((to[1] - at[1]) * (x + width / 2 - at[0])) / (to[0] - at[0]);
    const [y = straightY] = gapsIn(cards).sort((a, b) => Math.abs(a - straightY) - Math.abs(b - straightY));
    path += `${curve(at, [x, y])} H${x + width}`;
    at = [x + width, y];
  }
  return path + curve(at, to);
}

/**
 * Returns the SVG path of a backward edge. The path leaves to the right, returns through the gaps between cards, and arrives
 * from the left.
 *
 * @param {Point} from
 * @param {Point} to
 * @param {readonly (readonly Rect[])[]} columns the cards of each column between `from` and `to`, both included, from right to
 * left
 */
export function backEdgePath(from, to, columns) {
  let path = `M${from}`;
  let at = from;
  let bend = TURN;
  for (const cards of columns) {
    const [card] = cards;
    if (!card) continue;
    const { x, width } = card;
    const [, startY] = at;
    const [y = startY] = gapsIn(cards).sort((a, b) => Math.abs(a - startY) - Math.abs(b - startY));
    path += ` C${at[0] + bend},${startY} ${x + width + Math.abs(bend)},${y} ${x + width},${y} H${x}`;
    at = [x, y];
    bend = -TURN;
  }
  return `${path} C${at[0] - TURN},${at[1]} ${to[0] - TURN},${to[1]} ${to}`;
}

/**
 * Returns the y coordinates at which an edge can pass a column.
 *
 * @param {readonly Rect[]} cards
 */
function gapsIn(cards) {
  const last = cards.at(-1);
  const above = cards.map(({ y }) => y - CLEARANCE);
  return last ? [...above, last.y + last.height + CLEARANCE] : above;
}

/**
 * @param {Point} from
 * @param {Point} to
 */
function curve([x1, y1], [x2, y2]) {
  const bend = Math.max(40, (x2 - x1) / 2);
  return ` C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}
