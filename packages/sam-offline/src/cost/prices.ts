import prices from './prices.json';

/**
 * The names of prices. They are declared here because the package's type declarations must not import a JSON file: some
 * compiler settings do not allow it.
 */
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

/** AWS list prices in US dollars for the first pricing tier, without the free tier. */
export const PRICES: {
  /** The year and month of the prices. */
  readonly date: string;
  readonly region: string;
  readonly sources: readonly string[];
  readonly dollars: Readonly<Record<PriceName, number>>;
} = prices;
