import { requireAction } from '../core/actions';
import { AwsError, type JsonObject, type Service, UnsupportedError } from '../core/service';
import { generateSecret } from './generate';
import type { SecretModel } from './model';
import { addVersion, CURRENT_STAGE, findVersion, type SecretState, type SecretVersion } from './secret';
import { createFileStore, NULL_STORE } from './store';

export interface SecretsOptions {
  readonly secrets: readonly SecretModel[];
  /** The directory that stores the values. If absent, values are generated on each startup. */
  readonly directory?: string;
  /** Returns the time in epoch milliseconds. Defaults to `Date.now`. */
  readonly clock?: () => number;
}

export interface SecretsService extends Service {
  /** Returns the current value of a secret, or undefined if the secret has no value or does not exist. */
  currentValue(id: string): string | undefined;
}

/**
 * Creates Secrets Manager with the secrets of a template. Callers identify a secret by name or ARN, with or without the random
 * suffix of six characters. Callers can read and update values, but cannot create secrets, because the template defines them.
 *
 * @throws UsageError if the values on disk cannot be read
 */
export function openSecrets(options: SecretsOptions): SecretsService {
  const clock = options.clock ?? Date.now;
  const store = options.directory === undefined ? NULL_STORE : createFileStore(options.directory);
  const stored = store.read();
  const states = new Map(
    options.secrets.map((model) => [
      model.name,
      stored.get(model.name) ?? createInitialState(model, clock()),
    ]),
  );
  if (states.size > 0) store.write(states);

  function requireSecret(id: unknown): { model: SecretModel; state: SecretState } {
    if (typeof id !== 'string' || id === '') {
      throw new AwsError('ValidationException', 'You must provide a value for the parameter SecretId.');
    }
    const model = options.secrets.find(
      ({ name, arn }) => id === name || id === arn || id === arn.replace(/-\w{6}$/, ''),
    );
    const state = model && states.get(model.name);
    if (model && state) return { model, state };
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  const actions: Record<string, (input: JsonObject) => JsonObject> = {
    GetSecretValue({ SecretId, VersionId, VersionStage }) {
      const { model, state } = requireSecret(SecretId);
      const version = findVersion(state, optionalString(VersionId), optionalString(VersionStage));
      return {
        ...toVersionMembers(model, version),
        SecretString: version.value,
        CreatedDate: toEpochSeconds(version.createdAt),
      };
    },

    PutSecretValue(input) {
      const { model, state } = requireSecret(input.SecretId);
      if (input.SecretBinary !== undefined) {
        throw new UnsupportedError('Secrets Manager: SecretBinary is not supported.');
      }
      const value = optionalString(input.SecretString);
      if (value === undefined) {
        throw new AwsError('InvalidParameterException', 'You must provide SecretString.');
      }
      const stages = Array.isArray(input.VersionStages) ? input.VersionStages.map(String) : [CURRENT_STAGE];
      const put = addVersion(state, value, stages, clock(), optionalString(input.ClientRequestToken));
      states.set(model.name, put.state);
      store.write(states);
      return toVersionMembers(model, put.version);
    },

    DescribeSecret({ SecretId }) {
      const { model, state } = requireSecret(SecretId);
      return toDescription(model, state, 'VersionIdsToStages');
    },

    ListSecrets(input) {
      const unsupported = Object.keys(input).find((key) => key !== 'MaxResults');
      if (unsupported)
        throw new UnsupportedError(`Secrets Manager: ListSecrets does not support ${unsupported}.`);
      const all = options.secrets.map(({ name }) => requireSecret(name));
      return {
        SecretList: all.map(({ model, state }) => toDescription(model, state, 'SecretVersionsToStages')),
      };
    },
  };

  return {
    async call(action, input, context) {
      const run = requireAction('Secrets Manager', actions, action);
      return run(input, context);
    },
    currentValue(id) {
      try {
        return findVersion(requireSecret(id).state, undefined, CURRENT_STAGE).value;
      } catch (error) {
        if (error instanceof AwsError) return undefined;
        throw error;
      }
    },
  };
}

function createInitialState({ generate, value }: SecretModel, now: number): SecretState {
  const empty: SecretState = { createdAt: now, changedAt: now, versions: [] };
  const first = generate ? generateSecret(generate) : value;
  return first === undefined ? empty : addVersion(empty, first, [CURRENT_STAGE], now).state;
}

function toVersionMembers({ name, arn }: SecretModel, { id, stages }: SecretVersion): JsonObject {
  return { ARN: arn, Name: name, VersionId: id, VersionStages: stages };
}

function toDescription(
  { name, arn, description }: SecretModel,
  state: SecretState,
  versions: string,
): JsonObject {
  return {
    ARN: arn,
    Name: name,
    ...(description === undefined ? {} : { Description: description }),
    CreatedDate: toEpochSeconds(state.createdAt),
    LastChangedDate: toEpochSeconds(state.changedAt),
    [versions]: Object.fromEntries(state.versions.map(({ id, stages }) => [id, stages])),
  };
}

/** Converts a timestamp to seconds, the unit of the API. */
function toEpochSeconds(millis: number): number {
  return millis / 1000;
}

function optionalString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
