/** How far from a card an edge passes. */
const CLEARANCE = 12;

/**
 * The path of an edge, as SVG has it: a curve, or several, if cards lie between. A card that an edge ran behind would
 * look like where it begins, so it passes each column between two cards, or above or below them all, wherever that is
 * nearest to the straight line.
 *
 * @param from where it begins, `[x, y]`
 * @param to where it ends
 * @param columns the columns between, in order; each the places `{ x, y, width, height }` of its cards, from above
 */
export function routeOf(from, to, columns) {
  let path = `M${from}`;
  let at = from;
  for (const cards of columns) {
    const [{ x, width }] = cards;
    const straight = at[1] + ((to[1] - at[1]) * (x + width / 2 - at[0])) / (to[0] - at[0]);
    const [y] = gapsOf(cards).sort((a, b) => Math.abs(a - straight) - Math.abs(b - straight));
    path += `${curve(at, [x, y])} H${x + width}`;
    at = [x + width, y];
  }
  return path + curve(at, to);
}

/** The heights at which a column can be passed. */
function gapsOf(cards) {
  return [...cards.map(({ y }) => y - CLEARANCE), cards.at(-1).y + cards.at(-1).height + CLEARANCE];
}

function curve([x1, y1], [x2, y2]) {
  const bend = Math.max(40, (x2 - x1) / 2);
  return ` C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}
