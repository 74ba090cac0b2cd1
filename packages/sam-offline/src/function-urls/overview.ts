import type { DescribeService } from '../core/overview';

/** Describes the function URLs, with their addresses. */
export const describeFunctionUrls: DescribeService = ({ functionUrls, functions, region }, port) =>
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
