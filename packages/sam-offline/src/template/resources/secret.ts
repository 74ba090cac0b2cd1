import type { GenerateSecretModel, SecretModel } from '../../core/model';
import { isObject } from '../../core/service';
import { allowedCharacterSets } from '../../secrets/generate';
import type { Section } from '../section';
import type { StackResource } from '../stack/stack-resource';

/**
 * AWS::SecretsManager::Secret.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
 */
export function secretModel(resource: StackResource): SecretModel {
  const { properties, logicalId, name } = resource;
  properties.allow(resource.type, {
    implemented: ['Name', 'Description', 'SecretString', 'GenerateSecretString'],
    inert: ['KmsKeyId', 'ReplicaRegions', 'Tags'],
  });
  if (properties.has('SecretString') && properties.has('GenerateSecretString')) {
    properties.problem('a secret has SecretString or GenerateSecretString, not both', 'SecretString');
  }
  const generate = properties.section('GenerateSecretString');
  const description = properties.string('Description');
  const value = properties.string('SecretString');
  return {
    logicalId,
    name,
    arn: resource.refValue ?? '',
    ...(description === undefined ? {} : { description }),
    ...(generate && { generate: generateModel(generate) }),
    ...(value === undefined ? {} : { value }),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html */
function generateModel(section: Section): GenerateSecretModel {
  section.allow('GenerateSecretString', {
    implemented: [
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
  const template = section.string('SecretStringTemplate');
  const key = section.string('GenerateStringKey');
  if ((template === undefined) !== (key === undefined)) {
    section.problem('SecretStringTemplate and GenerateStringKey need each other');
  }
  if (template !== undefined && !isJsonObject(template)) {
    section.problem('must be a JSON object', 'SecretStringTemplate');
  }
  const model: GenerateSecretModel = {
    length: section.integer('PasswordLength', 1, 4096) ?? 32,
    excludeCharacters: section.string('ExcludeCharacters') ?? '',
    excludeLowercase: section.boolean('ExcludeLowercase') ?? false,
    excludeUppercase: section.boolean('ExcludeUppercase') ?? false,
    excludeNumbers: section.boolean('ExcludeNumbers') ?? false,
    excludePunctuation: section.boolean('ExcludePunctuation') ?? false,
    includeSpace: section.boolean('IncludeSpace') ?? false,
    requireEachType: section.boolean('RequireEachIncludedType') ?? true,
    ...(template === undefined || key === undefined ? {} : { template, key }),
  };
  const types = allowedCharacterSets(model).length;
  if (types === 0) section.problem('nothing is left that a password could be made of');
  if (model.requireEachType && types > model.length) {
    section.problem(`is too short for a character of each of ${types} types`, 'PasswordLength');
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
