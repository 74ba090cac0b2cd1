import { isObject } from '../core/service';
import type { PropertyMap } from '../template/property-map';
import { type Getter, SECRET } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { StackResource } from '../template/stack/stack-resource';
import { allowedCharacterSets } from './generate';
import type { GenerateSecretModel, SecretModel } from './model';

/** Returns the ARN of a secret. Secrets Manager appends six generated characters to the name in the ARN. */
const getSecretArn: Getter = (secret) =>
  secret.deployment.formatArn(
    'secretsmanager',
    `secret:${secret.name}-${secret.deployment.createId(secret.logicalId, 6)}`,
  );

/** Reads secrets. */
export const secretsTemplate: ServiceTemplate<{ readonly secrets: readonly SecretModel[] }> = {
  types: {
    [SECRET]: {
      nameProperty: 'Name',
      maxNameLength: 512,
      ref: getSecretArn,
      attributes: { Id: getSecretArn },
    },
  },
  createModels: (stack) => ({ secrets: stack.listResourcesOf(SECRET).map(createSecretModel) }),
};

/**
 * Creates the model of an AWS::SecretsManager::Secret.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
 */
function createSecretModel(resource: StackResource): SecretModel {
  const { properties, logicalId, name } = resource;
  properties.checkKeys(resource.type, {
    emulated: ['Name', 'Description', 'SecretString', 'GenerateSecretString'],
    inert: ['KmsKeyId', 'ReplicaRegions', 'Tags'],
  });
  if (properties.has('SecretString') && properties.has('GenerateSecretString')) {
    properties.addProblem('Set either SecretString or GenerateSecretString', 'SecretString');
  }
  const generate = properties.getMap('GenerateSecretString');
  const description = properties.getString('Description');
  const value = properties.getString('SecretString');
  return {
    logicalId,
    name,
    arn: resource.refValue,
    ...(description === undefined ? {} : { description }),
    ...(generate && { generate: createGenerateModel(generate) }),
    ...(value === undefined ? {} : { value }),
  };
}

/** See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html */
function createGenerateModel(properties: PropertyMap): GenerateSecretModel {
  properties.checkKeys('GenerateSecretString', {
    emulated: [
      ...[
        'ExcludeCharacters',
        'ExcludeLowercase',
        'ExcludeNumbers',
        'ExcludePunctuation',
        'ExcludeUppercase',
      ],
      ...['GenerateStringKey', 'IncludeSpace', 'PasswordLength', 'RequireEachIncludedType'],
      'SecretStringTemplate',
    ],
  });
  const template = properties.getString('SecretStringTemplate');
  const key = properties.getString('GenerateStringKey');
  if ((template === undefined) !== (key === undefined)) {
    properties.addProblem('Set both SecretStringTemplate and GenerateStringKey, or neither');
  }
  if (template !== undefined && !isJsonObject(template)) {
    properties.addProblem('must be a JSON object', 'SecretStringTemplate');
  }
  const model: GenerateSecretModel = {
    length: properties.getInteger('PasswordLength', 1, 4096) ?? 32,
    excludeCharacters: properties.getString('ExcludeCharacters') ?? '',
    excludeLowercase: properties.getBoolean('ExcludeLowercase') ?? false,
    excludeUppercase: properties.getBoolean('ExcludeUppercase') ?? false,
    excludeNumbers: properties.getBoolean('ExcludeNumbers') ?? false,
    excludePunctuation: properties.getBoolean('ExcludePunctuation') ?? false,
    includeSpace: properties.getBoolean('IncludeSpace') ?? false,
    requireEachType: properties.getBoolean('RequireEachIncludedType') ?? true,
    ...(template === undefined || key === undefined ? {} : { template, key }),
  };
  const types = allowedCharacterSets(model).length;
  if (types === 0) properties.addProblem('All character types are excluded. Allow at least one.');
  if (model.requireEachType && types > model.length) {
    properties.addProblem(
      `must be at least ${types}, because RequireEachIncludedType requires one character of each type`,
      'PasswordLength',
    );
  }
  return model;
}

function isJsonObject(value: string): boolean {
  try {
    return isObject(JSON.parse(value));
  } catch {
    return false;
  }
}
