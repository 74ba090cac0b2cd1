import { join } from 'node:path';
import app from './wild/streamed-answers/main-path';
import { runApp } from './wild/support';

// docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
describe('response streaming', () => {
  it('sends the parts of a response while the function runs', async () => {
    await runApp(join(__dirname, 'wild/streamed-answers'), app);
  });
});
