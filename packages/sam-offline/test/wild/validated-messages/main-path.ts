import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'Amazon API Gateway Developer Guide, request validation for WebSocket APIs',
    url: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html',
  },
  async drive({ connect }) {
    const client = await connect();
    const exchange = (message: object) => {
      client.send({ action: 'notify', ...message });
      return client.receive();
    };
    const invalid = expect.objectContaining({ message: 'Invalid request body' });
    expect(await exchange({ messageType: 'email' })).toEqual(invalid);
    expect(await exchange({ messageType: 'email', address: 'nobody' })).toEqual(invalid);
    expect(await exchange({ messageType: 'email', address: 'ada@example.com' })).toEqual({
      accepted: expect.stringMatching(/=$/),
    });
    expect(await exchange({ messageType: 'text', text: 'hi' })).toEqual({ done: true });
    expect(await exchange({ messageType: 'text' })).toEqual(invalid);
    expect(await exchange({ messageType: 'other', text: 'hi' })).toMatchObject({
      message: 'Unsupported Media Type',
    });
  },
};

export default app;
