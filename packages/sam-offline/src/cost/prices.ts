import prices from './prices.json';

/** The declarations of the package must not import the JSON file, which a compiler may not read. */
type PriceName =
  | 'webSocketMessage'
  | 'connectionMinute'
  | 'httpApiRequest'
  | 'lambdaRequest'
  | 'lambdaGigabyteSecond'
  | 'dynamodbWriteUnit'
  | 'dynamodbReadUnit'
  | 'event'
  | 'expressExecution'
  | 'expressGigabyteHour'
  | 'stateTransition'
  | 'queueRequest'
  | 'secretRequest'
  | 'logGigabyte'
  | 'transferGigabyte'
  | 'trace'
  | 'secretMonth'
  | 'alarmMetricMonth';

/** List prices of AWS in US dollars, first tier, without free tiers. */
export const PRICES: {
  /** Year and month. */
  readonly date: string;
  readonly region: string;
  readonly sources: readonly string[];
  readonly dollars: Readonly<Record<PriceName, number>>;
} = prices;
