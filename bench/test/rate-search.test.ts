import { findHighestRate } from '../comparison/rate-search';

async function search(capacity: number, { max = 1024, attempts = 100 } = {}) {
  const tried: number[] = [];
  const hasTime = () => tried.length < attempts;
  const found = await findHighestRate({ start: 8, max, hasTime }, async (rate) => {
    tried.push(Math.round(rate));
    return rate <= capacity;
  });
  return { found, tried };
}

describe('findHighestRate', () => {
  it('doubles the rate until an attempt fails, then halves the interval', async () => {
    const { found, tried } = await search(50);
    expect(tried).toEqual([8, 16, 32, 64, 45, 54]);
    expect(found).toBeCloseTo(45.25, 1);
  });

  it('lowers the rate until an attempt succeeds', async () => {
    const { found, tried } = await search(3);
    expect(tried).toEqual([8, 4, 2, 3, 3]);
    expect(found).toBeCloseTo(2.83, 1);
  });

  it('returns 0 if one message per second fails', async () => {
    expect(await search(0)).toEqual({ found: 0, tried: [8, 4, 2, 1] });
  });

  it('tries no rate above the maximum', async () => {
    expect(await search(5000, { max: 100 })).toEqual({ found: 100, tried: [8, 16, 32, 64, 100] });
  });

  it('returns the best rate so far when the time runs out', async () => {
    expect(await search(500, { attempts: 3 })).toEqual({ found: 32, tried: [8, 16, 32] });
  });
});
