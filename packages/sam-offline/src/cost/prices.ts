import prices from './prices.json';

/** List prices of AWS in US dollars, first tier, without free tiers. */
export const PRICES: {
  /** Year and month. */
  readonly date: string;
  readonly region: string;
  readonly sources: readonly string[];
  readonly dollars: Readonly<Record<keyof typeof prices.dollars, number>>;
} = prices;
