import type { App } from '../app-model/app';
import { type Actions, requireAction } from '../core/actions';
import { AwsError, type JsonObject, type Service } from '../core/service';
import { Deployment } from '../template/stack/deployment';
import { resolveOutputs } from './endpoints';

/**
 * Creates the part of CloudFormation that describes the stack. Scripts can read the stack's outputs, which contain local
 * addresses.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
export function createStackService(app: App, port: () => number): Service {
  const { region, accountId, stackName } = app;
  const { stackId } = new Deployment(region, accountId, stackName);
  const createdAt = new Date().toISOString();

  const describeStacks = ({ StackName: name = stackName }: JsonObject) => {
    if (name !== stackName && name !== stackId) {
      const message = `Stack with id ${name} does not exist. The stack of this application is ${stackName}.`;
      throw new AwsError('ValidationError', message);
    }
    const values = resolveOutputs(app, port());
    const outputs = app.outputs.map(({ key, description }) => ({
      OutputKey: key,
      OutputValue: values[key],
      Description: description,
    }));
    return {
      Stacks: [
        {
          StackId: stackId,
          StackName: stackName,
          CreationTime: createdAt,
          StackStatus: 'CREATE_COMPLETE',
          Outputs: outputs,
        },
      ],
    };
  };

  const actions: Actions = { DescribeStacks: describeStacks };
  return {
    call: async (action, input, context) => requireAction('CloudFormation', actions, action)(input, context),
  };
}
