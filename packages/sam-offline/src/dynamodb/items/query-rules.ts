import { AwsError } from '../../core/service';
import { CONDITION_COUNT } from '../engine/validation';
import { hasSeveralAttributes, projectedAttributes, type TableIndex } from '../schema/indexes';
import type { ActionData, AttributePaths, AttributeValue, Table } from '../types';

/** Returns the paths of `ProjectionExpression` or of the legacy `AttributesToGet`. */
export function projectionPaths(data: ActionData): AttributePaths | undefined {
  const projection = data._projection as { paths: AttributePaths } | undefined;
  return projection?.paths ?? (data.AttributesToGet as AttributePaths | undefined);
}

/**
 * Checks the Query and Scan rules that dynalite does not enforce. The error messages are the same as in Amazon's DynamoDB
 * Local.
 *
 * @throws AwsError `ValidationException`
 */
export function assertQueryRules(table: Table, data: ActionData, found: TableIndex | undefined): void {
  const problem =
    countProblem(data, found) ??
    emptyKeyProblem(data) ??
    selectProblem(data) ??
    (found && projectionProblem(table, data, found));
  if (problem !== undefined) throw new AwsError('ValidationException', problem);
}

/** Limits the number of key conditions to two, except for indexes with several attributes per key. */
function countProblem({ KeyConditions }: ActionData, found: TableIndex | undefined): string | undefined {
  const isWithin =
    Object.keys(KeyConditions ?? {}).length <= 2 || (found && hasSeveralAttributes(found.index));
  return isWithin ? undefined : CONDITION_COUNT;
}

/** Rejects key conditions with empty values, because key attributes cannot be empty. */
function emptyKeyProblem({ KeyConditions }: ActionData): string | undefined {
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

function selectProblem(data: ActionData): string | undefined {
  const projectionMember =
    projectionPaths(data) && (data._projection ? 'ProjectionExpression' : 'AttributesToGet');
  switch (data.Select) {
    case 'SPECIFIC_ATTRIBUTES':
      if (projectionMember) return undefined;
      return 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES';
    case 'ALL_PROJECTED_ATTRIBUTES':
      if (data.IndexName === undefined) {
        return 'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName';
      }
      return (
        projectionMember &&
        `Cannot specify the ${projectionMember} when choosing to get ALL_PROJECTED_ATTRIBUTES`
      );
    case 'ALL_ATTRIBUTES':
      return projectionMember && `Cannot specify the ${projectionMember} when choosing to get ALL_ATTRIBUTES`;
    case 'COUNT':
      return projectionMember && `Cannot specify the ${projectionMember} when choosing to get only the Count`;
    default:
      return undefined;
  }
}

/**
 * Rejects attributes that the index does not project. Queries on local indexes can return these attributes, but cannot filter
 * on them.
 */
function projectionProblem(table: Table, data: ActionData, { kind, index }: TableIndex): string | undefined {
  const names = projectedAttributes(table, index);
  if (!names) return undefined;
  const unprojected = (heads: readonly string[]) =>
    [...new Set(heads.filter((head) => !names.has(head)))].join(', ');
  const missing = unprojected(
    (projectionPaths(data) ?? []).map((path) => (typeof path === 'string' ? path : String(path[0]))),
  );
  if (missing !== '' && kind === 'GlobalSecondaryIndexes') {
    return `One or more parameter values were invalid: Global secondary index ${index.IndexName} does not project [${missing}]`;
  }
  const filter = data._filter as { pathHeads: object } | undefined;
  const missingInFilter = unprojected(
    Object.keys(filter?.pathHeads ?? data.QueryFilter ?? data.ScanFilter ?? {}),
  );
  if (missingInFilter === '') return undefined;
  return (
    `One or more parameter values were invalid: Secondary index ${index.IndexName} does not project ` +
    `one or more filter attributes: [${missingInFilter}]`
  );
}
