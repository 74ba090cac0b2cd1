/**
 * Returns the expressions of an update that charges a budget, on the condition that no other request has charged it
 * since it was read.
 *
 * @param attribute the budget's attribute, or its placeholder in ExpressionAttributeNames.
 * @param before the value that was read, or undefined if the budget was never charged.
 */
export function budgetUpdate(attribute: string, before: number | undefined, after: number) {
  return {
    set: `${attribute} = :after`,
    ifUnchanged: before === undefined ? `attribute_not_exists(${attribute})` : `${attribute} = :before`,
    values: { ':after': after, ...(before === undefined ? {} : { ':before': before }) },
  };
}
