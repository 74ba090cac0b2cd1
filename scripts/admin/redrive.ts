// npm run admin -- redrive: prints the dead letters of a stack, or publishes their events again.
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { type Message, SQSClient } from '@aws-sdk/client-sqs';
import { createCommand, parsePositiveInteger } from '../command-line';
import { CommandError, describeDeployedStack, describeLocalStack, requireOutput } from '../stack';
import { type DeadLetter, parseDeadLetter } from './redrive/dead-letter';
import { LetterQueue, sentAt } from './redrive/letter-queue';
import { republish } from './redrive/republish';

const usage = `
Shows the events that were not delivered, without their texts. With --send, publishes them again and deletes their letters.

  npm run admin -- redrive [options]

  --port PORT   port of the local runtime (default 3000)
  --stack NAME  use a deployed stack instead
  --send        publish the events again
  --help        show this text
`;

const options = {
  port: { type: 'string', default: '3000' },
  stack: { type: 'string' },
  send: { type: 'boolean', default: false },
} as const;

export const run = createCommand({ usage, options }, async ({ stack: stackName, send, ...texts }) => {
  const port = parsePositiveInteger('port', texts.port);
  const stack =
    stackName === undefined ? await describeLocalStack(port) : await describeDeployedStack(stackName);
  const [sqs, events] = [new SQSClient(stack.clientConfig), new EventBridgeClient(stack.clientConfig)];
  const queue = new LetterQueue(sqs, requireOutput(stack, 'DeadLetterQueueUrl'), Date.now());
  const bus = requireOutput(stack, 'EventBusName');
  try {
    const unknown = send
      ? await sendLetters(queue, (letter) => republish(events, bus, letter.event))
      : await showLetters(queue);
    if (unknown > 0)
      throw new CommandError(`${unknown} messages are not from the application and stay in the queue.`);
  } finally {
    sqs.destroy();
    events.destroy();
  }
});

/** Prints all dead letters and leaves them in the queue. Returns the number of messages that are not dead letters. */
async function showLetters(queue: LetterQueue): Promise<number> {
  const received: Message[] = [];
  try {
    for await (const messages of queue.receive()) {
      received.push(...messages);
      for (const message of messages) print(message, parseDeadLetter(message));
    }
  } finally {
    for (const message of received) await queue.release(message);
  }
  const unknown = received.filter((message) => !parseDeadLetter(message)).length;
  const count = received.length - unknown;
  process.stdout.write(
    count === 0 ? 'No dead letters.\n' : `${count} dead letters. Publish them with --send.\n`,
  );
  return unknown;
}

/**
 * Publishes the event of each dead letter, and then deletes the dead letter. If the command is interrupted in between, the next
 * run publishes the event again. Returns the number of messages that are not dead letters.
 */
async function sendLetters(
  queue: LetterQueue,
  publish: (letter: DeadLetter) => Promise<void>,
): Promise<number> {
  const unknown: Message[] = [];
  let sent = 0;
  try {
    for await (const messages of queue.receive()) {
      for (const message of messages) {
        const letter = parseDeadLetter(message);
        print(message, letter);
        if (!letter) {
          unknown.push(message);
          continue;
        }
        await publish(letter);
        await queue.delete(message);
        sent += 1;
      }
    }
  } finally {
    for (const message of unknown) await queue.release(message);
  }
  process.stdout.write(`Published ${sent} events.\n`);
  return unknown.length;
}

/** Prints a line about a dead letter, without the text of the chat message. */
function print(message: Message, letter: DeadLetter | undefined): void {
  const { room = '-', messageId = '-' } = letter?.event.detail ?? {};
  const facts = letter
    ? [letter.event['detail-type'], `room ${room}`, String(messageId), letter.cause]
    : ['unknown message', message.MessageId ?? ''];
  process.stdout.write(`${[new Date(sentAt(message)).toISOString(), ...facts].join('  ')}\n`);
}
