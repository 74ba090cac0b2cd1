import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { Client, eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { root } from '../../testbed/template';
import { findFiringAlarms, readAlarms, readMetrics } from '../support/alarms';
import { describeLocallyAtLength, waitForIndex } from '../support/stack';

const exec = promisify(execFile);

/** These tests run only at length, because they start a separate runtime and a process for each command. */
describeLocallyAtLength('npm run admin -- redrive', 'switch to inject faults', () => {
  let stack: Stack;

  beforeAll(async () => {
    // Strict mode duplicates some events, and each duplicate would add a dead letter.
    stack = await startStack([], { isStrict: false });
  });
  afterAll(async () => expect(await stack.stop()).toBe(0));

  const run = async (...args: string[]) => {
    const port = new URL(stack.httpUrl).port;
    const command = ['--import', 'tsx', 'scripts/admin.ts', 'redrive', '--port', port, ...args];
    return (await exec(process.execPath, command, { cwd: root })).stdout;
  };

  const isAlarmFiring = async () =>
    findFiringAlarms(readAlarms(), [], await readMetrics(stack.httpUrl)).includes('DeadLetterAlarm');

  it('shows undelivered events without message texts, delivers each event once, and clears the alarm', async () => {
    const ada = await Client.open(stack.wsUrl, { protocols: ['roomcast.v1'], query: { room: 'lobby' } });
    await waitForIndex(stack);
    const send = async (text: string) => {
      ada.send({ action: 'sendmessage', id: text, room: 'lobby', text, clientMsgId: randomUUID() });
      return ada.nextOf('ack', text);
    };
    await stack.addFault({
      ...{ service: 'states', action: 'StartExecution', kind: 'fail' },
      ...{ error: 'StateMachineDoesNotExist', status: 400 },
    });
    await send('not started');
    await eventually(async () => (await run()).includes('EventBridge could not invoke the target'));
    await stack.clearFaults();
    await stack.addFault({
      ...{ service: 'lambda', action: 'Invoke', match: 'PostFunction', kind: 'fail' },
      ...{ error: 'ResourceNotFoundException', status: 404 },
    });
    await send('not posted');
    const shown = await eventually(async () => {
      const output = await run();
      return output.includes('2 dead letters.') ? output : undefined;
    });
    expect(shown).toMatch(/MessageSent {2}room lobby {2}\w{26} {2}the workflow failed to process \d+ /);
    expect(shown).not.toMatch(/not started|not posted/);
    await eventually(isAlarmFiring);

    await stack.clearFaults();
    expect(await run('--send')).toContain('Published 2 events.\n');
    const texts = [await ada.nextOf('message'), await ada.nextOf('message')].map(({ text }) => text);
    expect(texts.sort()).toEqual(['not posted', 'not started']);
    expect(await run()).toBe('No dead letters.\n');
    expect(await isAlarmFiring()).toBe(false);
    expect(await run('--send')).toBe('Published 0 events.\n');
    await ada.close();
  });
});
