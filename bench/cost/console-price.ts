import { priceUsage, totalOf } from './bill';
import type { ConsoleLine, Usage } from './usage';

/** The bill lines that `Usage` covers. The other lines depend on durations, sampling, or the age of the session. */
const COUNTED_LINES = [
  'API Gateway WebSocket messages',
  'Lambda requests',
  'DynamoDB write units',
  'DynamoDB read units',
  'EventBridge events',
  'Step Functions Express executions',
  'CloudWatch Logs GB',
  'Data transfer GB of frames to clients',
];
const TOLERANCE = 0.01;

/**
 * Compares the price of messages in the runtime's console with the price of the counted usage. Both exclude durations. Returns
 * undefined if the prices are equal, or a text that describes the difference.
 *
 * @param usage the usage per message
 * @param lines the lines of the console's bill before and after the messages
 */
export function comparePrices(
  usage: Usage,
  [before, after]: readonly [readonly ConsoleLine[], readonly ConsoleLine[]],
  messages: number,
): string | undefined {
  const shown = ((sumOf(after) - sumOf(before)) / messages) * 1e6;
  const counted = totalOf(priceUsage(usage, {}, { functions: {}, workflow: 0 }, 0));
  if (Math.abs(shown - counted) <= TOLERANCE * counted) return undefined;
  const [shownPrice, countedPrice] = [shown, counted].map((price) => `$${price.toFixed(2)}`);
  return `The console shows ${shownPrice} for a million messages, without durations. Their counts cost ${countedPrice}.`;
}

function sumOf(lines: readonly ConsoleLine[]): number {
  return lines
    .filter((line) => COUNTED_LINES.includes(`${line.service} ${line.usage}`))
    .reduce((sum, { price }) => sum + price, 0);
}
