import { getName, SSM_PARAMETER } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { StackResource } from '../template/stack/stack-resource';
import type { SsmParameterModel } from './model';

/** Reads Systems Manager parameters. */
export const ssmTemplate: ServiceTemplate<{ readonly ssmParameters: readonly SsmParameterModel[] }> = {
  types: {
    [SSM_PARAMETER]: {
      nameProperty: 'Name',
      ref: getName,
      attributes: {
        Type: (parameter) => parameter.getProperty('Type') ?? 'String',
        Value: (parameter) => parameter.getProperty('Value') ?? '',
      },
    },
  },
  createModels: (stack) => ({
    ssmParameters: stack.listResourcesOf(SSM_PARAMETER).map(createParameterModel),
  }),
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html */
function createParameterModel({ properties, name, type }: StackResource): SsmParameterModel {
  properties.checkKeys(type, {
    emulated: ['Name', 'Type', 'Value'],
    inert: ['AllowedPattern', 'DataType', 'Description', 'Policies', 'Tags', 'Tier'],
  });
  return {
    name,
    type: properties.getEnum('Type', ['String', 'StringList', 'SecureString']) ?? 'String',
    value: properties.requireString('Value'),
  };
}
