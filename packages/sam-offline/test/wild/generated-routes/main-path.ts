import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'Fn::ForEach examples in the CloudFormation User Guide',
    url: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach-example-resource.html',
  },
  options: { parameters: { Games: 'chess,go,checkers' } },
  async drive({ connect, scan }) {
    const client = await connect();
    const games = ['chess', 'go', 'checkers'];
    client.send({ game: 'go', player: 'ada' });
    expect(await client.receive()).toEqual({ game: 'go', moves: 1, games });
    client.send({ game: 'go', player: 'ada' });
    expect(await client.receive()).toEqual({ game: 'go', moves: 2, games });
    expect(await scan('goTable')).toHaveLength(1);
    expect(await scan('chessTable')).toEqual([]);
  },
};

export default app;
