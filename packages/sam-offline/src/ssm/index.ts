import { formatArn } from '../aws/arn';
import { requireAction } from '../core/actions';
import { AwsError, type JsonObject, type Service } from '../core/service';
import type { SsmParameterModel } from './model';

export interface SsmOptions {
  readonly parameters: readonly SsmParameterModel[];
  readonly region: string;
  readonly accountId: string;
}

/** A parameter with its current version. */
interface Parameter extends SsmParameterModel {
  readonly version: number;
  /** The time of the last change in epoch milliseconds. */
  readonly modifiedAt: number;
}

/** The maximum and default number of results of GetParametersByPath. */
const PAGE_SIZE = 10;

/**
 * Creates Parameter Store with the parameters of a template. Stores values in memory.
 *
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export function createSsm({ parameters, region, accountId }: SsmOptions): Service {
  const store = new Map<string, Parameter>(
    parameters.map((model) => [model.name, { ...model, version: 1, modifiedAt: Date.now() }]),
  );

  function describe(parameter: Parameter): JsonObject {
    const { name, type, value, version, modifiedAt } = parameter;
    return {
      Name: name,
      Type: type,
      Value: value,
      Version: version,
      LastModifiedDate: modifiedAt / 1000,
      ARN: formatArn({ region, accountId }, 'ssm', `parameter/${name.replace(/^\//, '')}`),
      DataType: 'text',
    };
  }

  /** Finds a parameter by name or ARN, with an optional version. */
  function find(id: unknown): Parameter | undefined {
    const [, text = '', version] = /^(.*?)(?::(\d+))?$/s.exec(String(id)) ?? [];
    const path = text.replace(/^arn:[^/]*:parameter\//, '');
    const found = store.get(text) ?? store.get(path) ?? store.get(`/${path}`);
    return version === undefined || String(found?.version) === version ? found : undefined;
  }

  const actions: Record<string, (input: JsonObject) => JsonObject> = {
    GetParameter({ Name }) {
      const parameter = find(Name);
      if (!parameter) throw new AwsError('ParameterNotFound', '');
      return { Parameter: describe(parameter) };
    },

    GetParameters({ Names }) {
      const names = Array.isArray(Names) ? Names : [];
      return {
        Parameters: names.flatMap((name) => {
          const parameter = find(name);
          return parameter ? [describe(parameter)] : [];
        }),
        InvalidParameters: names.filter((name) => !find(name)),
      };
    },

    GetParametersByPath({ Path, Recursive, MaxResults, NextToken }) {
      const prefix = String(Path).replace(/\/?$/, '/');
      const matching = [...store.values()].filter(
        ({ name }) =>
          name.startsWith(prefix) && (Recursive === true || !name.slice(prefix.length).includes('/')),
      );
      const start = Number(NextToken ?? 0);
      const end = start + Number(MaxResults ?? PAGE_SIZE);
      return {
        Parameters: matching.slice(start, end).map(describe),
        ...(end < matching.length ? { NextToken: String(end) } : {}),
      };
    },

    PutParameter({ Name, Value, Type, Overwrite }) {
      const name = String(Name);
      const existing = store.get(name);
      if (existing && Overwrite !== true) {
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      }
      const version = (existing?.version ?? 0) + 1;
      const type = (Type ?? existing?.type ?? 'String') as Parameter['type'];
      store.set(name, { name, type, value: String(Value), version, modifiedAt: Date.now() });
      return { Version: version, Tier: 'Standard' };
    },

    DeleteParameter({ Name }) {
      if (!store.delete(String(Name))) throw new AwsError('ParameterNotFound', '');
      return {};
    },
  };

  return {
    call: async (action, input, context) => {
      const run = requireAction('Systems Manager', actions, action);
      return run(input, context);
    },
  };
}
