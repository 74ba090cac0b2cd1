import { randomUUID } from 'node:crypto';
import { AwsError } from '../core/service';

/** One version of a secret's value. */
export interface SecretVersion {
  readonly id: string;
  readonly value: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Staging labels; a version without any is dropped. */
  readonly stages: readonly string[];
}

/** What is kept of a secret. */
export interface SecretState {
  readonly createdAt: number;
  readonly changedAt: number;
  readonly versions: readonly SecretVersion[];
}

export const CURRENT_STAGE = 'AWSCURRENT';
export const PREVIOUS_STAGE = 'AWSPREVIOUS';

/**
 * The secret with one more version, to which the labels move. Where AWSCURRENT moves, AWSPREVIOUS goes to the version
 * that had it. A version of the same id and value changes nothing, which makes a repeated request harmless.
 *
 * @throws AwsError ResourceExistsException if there is a version of that id with another value
 */
export function addVersion(
  state: SecretState,
  value: string,
  stages: readonly string[],
  now: number,
  id: string = randomUUID(),
): { state: SecretState; version: SecretVersion } {
  const known = state.versions.find((version) => version.id === id);
  if (known && known.value !== value) {
    const message = `A resource with the ID you requested already exists: version ${id} has another value.`;
    throw new AwsError('ResourceExistsException', message);
  }
  if (known) return { state, version: known };
  const version: SecretVersion = { id, value, createdAt: now, stages };
  const movesCurrent = stages.includes(CURRENT_STAGE);
  const old = state.versions.map((other) => {
    const wasCurrent = movesCurrent && other.stages.includes(CURRENT_STAGE);
    const left = other.stages.filter(
      (stage) => !stages.includes(stage) && !(movesCurrent && stage === PREVIOUS_STAGE),
    );
    return { ...other, stages: wasCurrent ? [...left, PREVIOUS_STAGE] : left };
  });
  const versions = [...old.filter((other) => other.stages.length > 0), version];
  return { state: { ...state, changedAt: now, versions }, version };
}

/** @throws AwsError ResourceNotFoundException */
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
