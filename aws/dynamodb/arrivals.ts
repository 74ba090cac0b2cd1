/**
 * Returns the expressions of an update that sets the attribute `arrival`, on the condition that no other request has
 * changed it since it was read.
 *
 * @param before the value that was read, or undefined if the budget was never charged.
 */
export function arrivalUpdate(before: number | undefined, after: number) {
  return {
    set: 'arrival = :after',
    ifUnchanged: before === undefined ? 'attribute_not_exists(arrival)' : 'arrival = :before',
    values: { ':after': after, ...(before === undefined ? {} : { ':before': before }) },
  };
}
