import type { Page } from 'playwright-core';

type Step = 'connecting' | 'joining';

/** Delays steps of a page's WebSocket connections until the test releases them. */
export class Delays {
  private readonly held = new Map<Step, { released: Promise<void>; release: () => void }>();

  /** Applies to the connections that the page opens after its next navigation. */
  static async install(page: Page): Promise<Delays> {
    const delays = new Delays();
    await page.routeWebSocket(/./, async (socket) => {
      await delays.held.get('connecting')?.released;
      const server = socket.connectToServer();
      server.onMessage(async (frame) => {
        if (JSON.parse(String(frame)).type === 'joined') await delays.held.get('joining')?.released;
        socket.send(frame);
      });
    });
    return delays;
  }

  /** Delays new connections (`connecting`) or `joined` replies (`joining`) until `release` is called. */
  hold(...steps: Step[]): void {
    for (const step of steps) {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      this.held.set(step, { released, release });
    }
  }

  release(step: Step): void {
    this.held.get(step)?.release();
    this.held.delete(step);
  }
}
