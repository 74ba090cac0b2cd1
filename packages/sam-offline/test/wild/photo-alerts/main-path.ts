import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/websocket-api-cognito-auth-sample',
    url: 'https://github.com/aws-samples/websocket-api-cognito-auth-sample',
  },
  async drive({ connect, runtime }) {
    const client = await connect();
    client.send({ action: 'describe' });
    expect(await client.receive()).toEqual({
      BUCKET: 'photos-123456789012',
      TOPIC: expect.stringMatching(/^arn:aws:sns:us-east-1:123456789012:local-Alerts-/),
      ISSUER: expect.stringMatching(/^https:\/\/cognito-idp\.us-east-1\.amazonaws\.com\/us-east-1_\w+$/),
      CLIENT: expect.stringMatching(/^\w{26}$/),
    });
    const { resources, findings } = runtime.app.support;
    const unsupported = resources.filter(({ support }) => support === 'unsupported');
    expect(unsupported.map(({ logicalId }) => logicalId)).toEqual([
      'Users',
      'UsersClient',
      'Photos',
      'Alerts',
      'AlertSubscription',
      'Thumbnails',
    ]);
    expect(findings).toMatchObject([
      { kind: 'trigger', path: 'Resources.Thumbnails.Properties.Events.Upload' },
    ]);
  },
};

export default app;
