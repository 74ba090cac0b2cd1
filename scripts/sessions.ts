// Lists who was connected, newest first: npm run sessions -- [--port 3000 | --stack NAME] [--limit 50] [--days 30] [--json]
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { listSessions } from '../functions/aws/sessions';
import { table } from './sessions/table';
import { CommandError, deployedStack, localStack, output, run } from './stack';

run(async () => {
  const { port, stack, limit, days, json } = readArguments();
  const place = stack === undefined ? await localStack(port) : await deployedStack(stack);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(place.client));
  try {
    const range = { limit, days, now: Date.now() };
    const sessions = await listSessions(client, output(place, 'ChatTableName'), range);
    process.stdout.write(json ? `${JSON.stringify(sessions, null, 2)}\n` : table(sessions));
  } finally {
    client.destroy();
  }
});

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '3000' },
        stack: { type: 'string' },
        limit: { type: 'string', default: '50' },
        days: { type: 'string', default: '30' },
        json: { type: 'boolean', default: false },
      },
    });
    const { stack, json } = values;
    return {
      stack,
      json,
      port: wholeNumber('port', values.port),
      limit: wholeNumber('limit', values.limit),
      days: wholeNumber('days', values.days),
    };
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new CommandError(`--${name} ${JSON.stringify(text)} is no whole number above 0.`);
}
