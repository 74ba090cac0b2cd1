import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/aws-serverless-ecommerce-platform',
    url: 'https://github.com/aws-samples/aws-serverless-ecommerce-platform',
  },
  options: { values: { '/shop/origin': 'https://shop.example', '/shop/key': 'k' } },
  async drive({ connect }) {
    await expect(connect({ headers: { Origin: 'https://other.example' } })).rejects.toThrow('403');
    const client = await connect({ headers: { Origin: 'https://shop.example' } });
    client.send({ action: 'settings' });
    expect(await client.receive()).toEqual({
      greeting: 'Welcome',
      USER: 'shop',
      SHARED_KEY: 'k',
      SUBNETS: 'subnet-1,subnet-2',
    });
  },
};

export default app;
