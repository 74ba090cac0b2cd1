// npm run admin -- redrive: shows the dead letters of a stack, and publishes their events again.
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

/** Prints every letter, and leaves it in the queue. Returns the number of messages that are no letters. */
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
 * Publishes every letter, and deletes it afterwards: an interrupted command publishes a letter twice rather than never. Returns the
 * number of messages that are no letters.
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

/** Prints a line about a letter, without the text of its message. */
function print(message: Message, letter: DeadLetter | undefined): void {
  const { room = '-', messageId = '-' } = letter?.event.detail ?? {};
  const facts = letter
    ? [letter.event['detail-type'], `room ${room}`, String(messageId), letter.cause]
    : ['unknown message', message.MessageId ?? ''];
  process.stdout.write(`${[new Date(sentAt(message)).toISOString(), ...facts].join('  ')}\n`);
}
