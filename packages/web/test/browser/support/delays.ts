import type { Page } from 'playwright-core';

type Step = 'connecting' | 'joining';

/** Holds up a page's connections on the way to the server, for as long as a test looks at what is shown meanwhile. */
export class Delays {
  private readonly held = new Map<Step, { until: Promise<void>; end: () => void }>();

  /** For the connections that the page makes after its next navigation. */
  static async on(page: Page): Promise<Delays> {
    const delays = new Delays();
    await page.routeWebSocket(/./, async (socket) => {
      await delays.held.get('connecting')?.until;
      const server = socket.connectToServer();
      server.onMessage(async (frame) => {
        if (JSON.parse(String(frame)).type === 'joined') await delays.held.get('joining')?.until;
        socket.send(frame);
      });
    });
    return delays;
  }

  /** From now on connections do not open, or the answers to joins do not arrive. */
  hold(...steps: Step[]): void {
    for (const step of steps) {
      let end = () => {};
      const until = new Promise<void>((resolve) => {
        end = resolve;
      });
      this.held.set(step, { until, end });
    }
  }

  /** What was held goes on. */
  release(step: Step): void {
    this.held.get(step)?.end();
    this.held.delete(step);
  }
}
