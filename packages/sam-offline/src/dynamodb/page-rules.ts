import { AwsError } from '../core/service';
import { type FoundIndex, projectedNames } from './indexes';
import type { Action, AttributeValue, Paths, Table } from './types';

/** The paths of a projection, in either of the two ways of asking for one. */
export function pathsOf(data: Action): Paths | undefined {
  const projection = data._projection as { paths: Paths } | undefined;
  return projection?.paths ?? (data.AttributesToGet as Paths | undefined);
}

/**
 * What AWS refuses of a Query or Scan and dynalite lets through. The messages are those of Amazon's own
 * DynamoDB Local.
 *
 * @throws AwsError `ValidationException`
 */
export function assertPageRules(table: Table, data: Action, found: FoundIndex | undefined): void {
  const problem = emptyKey(data) ?? selectProblem(data) ?? (found && unprojected(table, data, found));
  if (problem !== undefined) throw new AwsError('ValidationException', problem);
}

/** No key is the empty string, so no condition on one may be either. */
function emptyKey({ KeyConditions }: Action): string | undefined {
  const conditions = (KeyConditions ?? {}) as Record<string, { AttributeValueList?: AttributeValue[] }>;
  for (const [name, { AttributeValueList }] of Object.entries(conditions)) {
    const empty = AttributeValueList?.find(({ S, B }) => S === '' || B === '');
    if (!empty) continue;
    const type = empty.S === '' ? 'string' : 'binary';
    return (
      'One or more parameter values are not valid. ' +
      `The AttributeValue for a key attribute cannot contain an empty ${type} value. Key: ${name}`
    );
  }
  return undefined;
}

function selectProblem(data: Action): string | undefined {
  const asked = pathsOf(data) && (data._projection ? 'ProjectionExpression' : 'AttributesToGet');
  switch (data.Select) {
    case 'SPECIFIC_ATTRIBUTES':
      if (asked) return undefined;
      return 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES';
    case 'ALL_PROJECTED_ATTRIBUTES':
      if (data.IndexName === undefined) {
        return 'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName';
      }
      return asked && `Cannot specify the ${asked} when choosing to get ALL_PROJECTED_ATTRIBUTES`;
    case 'ALL_ATTRIBUTES':
      return asked && `Cannot specify the ${asked} when choosing to get ALL_ATTRIBUTES`;
    case 'COUNT':
      return asked && `Cannot specify the ${asked} when choosing to get only the Count`;
    default:
      return undefined;
  }
}

/** A global index answers from what it holds, and any index filters on that; a local one fetches what is asked. */
function unprojected(table: Table, data: Action, { kind, index }: FoundIndex): string | undefined {
  const names = projectedNames(table, index);
  if (!names) return undefined;
  const lacks = (heads: readonly string[]) =>
    [...new Set(heads.filter((head) => !names.has(head)))].join(', ');
  const asked = lacks(
    (pathsOf(data) ?? []).map((path) => (typeof path === 'string' ? path : String(path[0]))),
  );
  if (asked !== '' && kind === 'GlobalSecondaryIndexes') {
    return `One or more parameter values were invalid: Global secondary index ${index.IndexName} does not project [${asked}]`;
  }
  const filter = data._filter as { pathHeads: object } | undefined;
  const filtered = lacks(Object.keys(filter?.pathHeads ?? data.QueryFilter ?? data.ScanFilter ?? {}));
  if (filtered === '') return undefined;
  return (
    `One or more parameter values were invalid: Secondary index ${index.IndexName} does not project ` +
    `one or more filter attributes: [${filtered}]`
  );
}
