/**
 * An update of a budget's time stamp, held to the value that was read: nothing else has charged it meanwhile. Parts of an
 * update or of a transaction's action.
 *
 * @param attribute the budget's attribute, or its placeholder in ExpressionAttributeNames.
 * @param before the value that was read; undefined if the budget was never used.
 */
export function charging(attribute: string, before: number | undefined, after: number) {
  return {
    set: `${attribute} = :after`,
    ifUnchanged: before === undefined ? `attribute_not_exists(${attribute})` : `${attribute} = :before`,
    values: { ':after': after, ...(before === undefined ? {} : { ':before': before }) },
  };
}
