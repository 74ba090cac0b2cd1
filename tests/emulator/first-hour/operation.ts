import { randomUUID } from 'node:crypto';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { changeSettings } from '../../../scripts/settings';
import { describeDeployedStack } from '../../../scripts/stack';
import { listResources } from '../../../scripts/verify-aws/configuration';
import { Client, eventually } from '../../../testbed/client';
import { findLeftovers, findUncheckedTypes } from '../leftovers';
import { expectSuccess, npmRun, runProcess } from '../operator';
import { checkDeletedPage } from '../page';
import { addFailingResource, writeBrokenRelease, writeRelease } from '../releases';
import { drillRestore } from '../restore';
import { expectStatus, isProtected, readOutput, STACK, smoke } from './stack';
import { expect, expectNone, expectPassed, type Step } from './step';

/** The text of a message that the broken release stores but does not deliver. */
const LOST = `lost ${randomUUID()}`;

/**
 * Creates the steps that recover from a failed update, a broken release and data loss, and then delete everything.
 *
 * @param config the configuration file from the guided deployment
 */
export function createOperationSteps(config: string): Step[] {
  const deploy = (template: string) =>
    runProcess('sam', ['deploy', '--config-file', config, '--template-file', template]);
  return [
    {
      name: 'An update that fails: sam deploy, with another setting and a resource that cannot be created',
      async run() {
        const before = await readMessageRate();
        const template = await writeRelease('failing', (text) =>
          addFailingResource(changeSettings(text, { MessageRate: 3 })),
        );
        const result = await deploy(template);
        expect(result.code !== 0, result.stdout);
        await expectStatus('UPDATE_ROLLBACK_COMPLETE');
        const after = await readMessageRate();
        expect(after === before, `MESSAGE_RATE is ${after}, not ${before}.`);
        expect(await isProtected(), 'The update removed the protection of the table.');
        return ['CloudFormation restored the release before (UPDATE_ROLLBACK_COMPLETE)', await smoke()];
      },
    },
    {
      name: 'A bad release: roll-back.sh save, sam deploy, smoke fails',
      async run() {
        const broken = await writeBrokenRelease();
        expectSuccess(await rollBack('save'));
        expectSuccess(await deploy(broken));
        await sendToLobby(LOST);
        const { code, stderr } = await npmRun('smoke', '--stack', STACK);
        expect(code === 1, 'smoke passed although the post function crashes.');
        return [`smoke exits with 1: ${stderr.trim().split('\n')[0]}`];
      },
    },
    {
      name: 'Return to the previous release: roll-back.sh restore, roll-back.sh watch',
      async run() {
        expectSuccess(await rollBack('restore'));
        await expectStatus('UPDATE_COMPLETE');
        // The emulator has no metric math, so no alarm goes off. This checks that the commands work.
        expectSuccess(await rollBack('watch', '0'));
        return [await smoke()];
      },
    },
    { name: 'Deliver what the bad release did not: npm run admin -- redrive', run: redrive },
    {
      name: 'Restore lost data: npm run admin -- restore',
      async run() {
        expectPassed(await drillRestore(await describeDeployedStack(STACK), STACK));
        return ['half of the items were deleted, and are back', await smoke()];
      },
    },
    { name: 'Delete everything: deploy:web --delete, sam delete', run: deleteEverything },
  ];
}

/**
 * Publishes the dead letters again. Checks that the lobby receives the lost message and that the dead-letter queue is empty.
 */
async function redrive(): Promise<string[]> {
  const waiting = await eventually(async () => (await countLetters()) || undefined);
  const reader = await openLobby();
  const shown = await npmRun('admin', 'redrive', '--stack', STACK);
  expect(shown.code === 0 && shown.stdout.includes('the workflow failed'), shown.stdout + shown.stderr);
  expectSuccess(await npmRun('admin', 'redrive', '--stack', STACK, '--send'));
  await reader.next((frame) => frame.includes(LOST));
  await reader.close();
  const repeated = await npmRun('admin', 'redrive', '--stack', STACK, '--send');
  expect(repeated.stdout.includes('Published 0 events.'), repeated.stdout + repeated.stderr);
  const left = await countLetters();
  expect(left === 0, `${left} letters are left.`);
  return [`${waiting} dead letters before, none after; the lobby received the message`];
}

/**
 * Deletes the page and the stack. The first `sam delete` fails, because deletion protection is still enabled for the table.
 */
async function deleteEverything(): Promise<string[]> {
  const types = [...(await listResources(STACK)), ...(await listResources(`${STACK}-web`))].map(
    ([, { type }]) => type,
  );
  expectNone(findUncheckedTypes(types).map((type) => `leftovers.ts does not check ${type}.`));
  const TableName = await readOutput('ChatTableName');
  expectPassed([await checkDeletedPage(STACK)]);
  const samDelete = ['delete', '--stack-name', STACK, '--no-prompts'];
  await runProcess('sam', samDelete);
  await expectStatus('DELETE_FAILED');
  const kept = await findLeftovers();
  expect(kept.length === 1 && kept.join().endsWith(` ${TableName}`), kept.join('\n'));
  const unprotect = ['--table-name', TableName, '--no-deletion-protection-enabled'];
  expectSuccess(await runProcess('aws', ['dynamodb', 'update-table', ...unprotect]));
  expectSuccess(await runProcess('sam', samDelete));
  expectNone(await findLeftovers());
  return [
    'sam delete keeps the chat table while it is protected (DELETE_FAILED)',
    `without the protection, none of the ${types.length} resources is left`,
  ];
}

const rollBack = (command: string, ...options: string[]) =>
  runProcess('bash', ['scripts/roll-back.sh', command, STACK, ...options]);

/** Returns the number of visible messages in the dead-letter queue. DeadLetterAlarm monitors this number. */
async function countLetters(): Promise<number> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: await readOutput('DeadLetterQueueUrl'),
    AttributeNames: ['ApproximateNumberOfMessages'],
  });
  const { Attributes } = await new SQSClient({ useQueueUrlAsEndpoint: false }).send(command);
  return Number(Attributes?.ApproximateNumberOfMessages);
}

const openLobby = async () =>
  Client.open(await readOutput('WebSocketUrl'), { protocols: ['roomcast.v1'], query: { room: 'lobby' } });

async function sendToLobby(text: string): Promise<void> {
  const client = await openLobby();
  client.send({ action: 'sendmessage', id: 'm', room: 'lobby', text, clientMsgId: randomUUID() });
  await client.nextOf('ack', 'm');
  await client.close();
}

/** Returns the value of MessageRate in the environment of the deployed function. */
async function readMessageRate(): Promise<string | undefined> {
  const FunctionName = (await listResources(STACK)).get('SendmessageFunction')?.id;
  const { Environment } = await new LambdaClient({}).send(
    new GetFunctionConfigurationCommand({ FunctionName }),
  );
  return Environment?.Variables?.MESSAGE_RATE;
}
