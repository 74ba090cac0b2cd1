import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/aws-step-functions-long-lived-transactions',
    url: 'https://github.com/aws-samples/aws-step-functions-long-lived-transactions',
  },
  async drive({ fetch, scan }) {
    const book = (trip: string) => fetch('/trips', { method: 'POST', body: JSON.stringify({ trip }) });
    const full = await book('full');
    expect(full.status).toBe(409);
    expect(await full.json()).toEqual({ error: 'SoldOut', cause: 'The trip was cancelled' });
    expect(await scan('Bookings')).toEqual([]);
    const booked = await book('rome');
    expect(await booked.json()).toEqual({ flight: 'XY-rome' });
    expect((await scan('Bookings')).map(({ id }) => id?.S).sort()).toEqual(['rome-car', 'rome-hotel']);
  },
};

export default app;
