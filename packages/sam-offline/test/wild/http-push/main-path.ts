import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/aws-websocket-async-updates',
    url: 'https://github.com/aws-samples/aws-websocket-async-updates',
  },
  async drive({ connect, fetch }) {
    await expect(connect()).rejects.toThrow('400');
    const news = await connect({ query: '?topic=news' });
    const sport = await connect({ query: '?topic=sport' });
    const post = (topic: string, text: string) =>
      fetch(`/topics/${topic}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: 'https://any.example' },
        body: JSON.stringify({ text }),
      });
    const response = await post('news', 'rain');
    expect(await response.json()).toEqual({ sent: 1 });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await news.receive()).toEqual({ text: 'rain' });
    await post('sport', 'goal');
    expect(await sport.receive()).toEqual({ text: 'goal' });
  },
};

export default app;
