/** The maximum number of edits in a mistyped name, as a share of the name's length. */
const MAX_EDIT_SHARE = 0.4;

/** Returns the name that is most similar to a mistyped name, or undefined if no name is similar. */
function findNearest(text: string, names: readonly string[], maxEdits: number): string | undefined {
  const distances = names.map((name) => ({
    name,
    edits: countEdits(text.toLowerCase(), name.toLowerCase()),
  }));
  const [best] = distances.sort((a, b) => a.edits - b.edits);
  if (!best || best.edits > maxEdits) return undefined;
  return best.edits <= Math.max(text.length, best.name.length) * MAX_EDIT_SHARE ? best.name : undefined;
}

/** Returns a message suffix that suggests a name, or an empty string. */
export function suggest(text: string, names: readonly string[], maxEdits = Number.POSITIVE_INFINITY): string {
  const nearest = findNearest(text, names, maxEdits);
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
}

/** Returns the Levenshtein distance: the number of inserted, deleted and replaced characters between two strings. */
function countEdits(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] as number) + Number(from[row - 1] !== to[column - 1]);
      const shorter = Math.min(previous[column] as number, current[column - 1] as number) + 1;
      current.push(Math.min(replaced, shorter));
    }
    previous = current;
  }
  return previous[to.length] as number;
}
