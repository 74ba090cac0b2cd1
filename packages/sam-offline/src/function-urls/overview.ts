import type { DescribeService } from '../core/overview';
import type { FunctionUrlModel } from './model';

interface Resources {
  readonly functionUrls: readonly FunctionUrlModel[];
  readonly functions: readonly { readonly arn: string; readonly logicalId: string }[];
}

/** Describes the function URLs, with their addresses. */
export const describeFunctionUrls: DescribeService<Resources> = ({ functionUrls, functions, region }, port) =>
  functionUrls.map(({ urlId, functionArn, requiresIam }) => {
    const address = `http://localhost:${port}/_urls/${urlId}/`;
    const name = functions.find(({ arn }) => arn === functionArn)?.logicalId ?? functionArn;
    const signature = requiresIam ? `--aws-sigv4 aws:amz:${region}:lambda --user local:local ` : '';
    return {
      title: 'Function URL',
      address,
      items: [name],
      commands: [{ label: `Request ${name}`, command: `curl -i ${signature}'${address}'` }],
    };
  });
