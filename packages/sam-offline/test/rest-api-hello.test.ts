import { join } from 'node:path';
import hello from './wild/hello-rest/main-path';
import { runApp } from './wild/support';

describe('the REST API of the Hello World application', () => {
  it('responds on its route with and without the stage', async () => {
    await runApp(join(__dirname, 'wild/hello-rest'), hello);
  });
});
