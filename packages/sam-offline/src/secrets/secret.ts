import { randomUUID } from 'node:crypto';
import { AwsError } from '../core/service';

/** A version of a secret value. */
export interface SecretVersion {
  readonly id: string;
  readonly value: string;
  /** The creation time in epoch milliseconds. */
  readonly createdAt: number;
  /** The staging labels. Versions without labels are deleted. */
  readonly stages: readonly string[];
}

/** The stored state of a secret. */
export interface SecretState {
  readonly createdAt: number;
  readonly changedAt: number;
  readonly versions: readonly SecretVersion[];
}

export const CURRENT_STAGE = 'AWSCURRENT';
const PREVIOUS_STAGE = 'AWSPREVIOUS';

/**
 * Adds a version and moves staging labels to the version. If AWSCURRENT moves, AWSPREVIOUS moves to the previous current
 * version. Adding a version with an existing ID and value has no effect, so that clients can retry.
 *
 * @throws AwsError `ResourceExistsException` if a version with this ID has a different value
 */
export function addVersion(
  state: SecretState,
  value: string,
  stages: readonly string[],
  now: number,
  id: string = randomUUID(),
): { state: SecretState; version: SecretVersion } {
  const existing = state.versions.find((version) => version.id === id);
  if (existing && existing.value !== value) {
    const message = `A resource with the ID you requested already exists: version ${id} has a different value.`;
    throw new AwsError('ResourceExistsException', message);
  }
  if (existing) return { state, version: existing };
  const version: SecretVersion = { id, value, createdAt: now, stages };
  const movesCurrent = stages.includes(CURRENT_STAGE);
  const old = state.versions.map((other) => {
    const wasCurrent = movesCurrent && other.stages.includes(CURRENT_STAGE);
    const remaining = other.stages.filter(
      (stage) => !stages.includes(stage) && !(movesCurrent && stage === PREVIOUS_STAGE),
    );
    return { ...other, stages: wasCurrent ? [...remaining, PREVIOUS_STAGE] : remaining };
  });
  const versions = [...old.filter((other) => other.stages.length > 0), version];
  return { state: { ...state, changedAt: now, versions }, version };
}

/**
 * Returns the version with an ID, a staging label, or both. The default is AWSCURRENT.
 *
 * @throws AwsError `ResourceNotFoundException`
 */
export function findVersion(
  state: SecretState,
  id: string | undefined,
  stage: string | undefined,
): SecretVersion {
  const label = stage ?? (id === undefined ? CURRENT_STAGE : undefined);
  const found = state.versions.find(
    (version) =>
      (id === undefined || version.id === id) && (label === undefined || version.stages.includes(label)),
  );
  if (found) return found;
  const which = id === undefined ? `staging label: ${label}` : `VersionId: ${id}`;
  throw new AwsError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${which}`,
  );
}
