import { Buffer } from 'buffer/';
import { connect, type Entry, type Storage } from '../../../src/index';
import { file, type Outcome, runAll } from './suite';

// What a browser test may ask a page to do.

export interface Heard {
  room: string;
  userId: string;
  acks: number[];
  heard: Pick<Entry, 'seq' | 'text'>[][];
}

export interface Asked {
  runSuites(names: string[], settings: Record<string, string>): Promise<Outcome[]>;
  converse(urls: string[], messages: number): Promise<Heard>;
}

/** The part of a page's global object that Node.js' types lack. */
const page = globalThis as unknown as { localStorage: Storage; dispatchEvent(event: Event): void };

const asked: Asked = {
  /** The tests that Node.js runs, word for word. */
  async runSuites(names, settings) {
    Object.assign(globalThis, { process: { env: settings }, Buffer });
    for (const name of names) {
      file();
      // esbuild bundles every file that this may mean.
      await import(`../../${name}.test.ts`);
    }
    return runAll();
  },

  /** A client at each address; each sends so many messages and listens until it has everybody's. */
  async converse(urls, messages) {
    const clients = urls.map((url, index) =>
      connect(url, index === 0 ? { storage: page.localStorage, username: 'Ada' } : {}),
    );
    const [host, ...others] = clients as [(typeof clients)[0], ...typeof clients];
    const first = await host.createRoom();
    const rooms = [first, ...(await Promise.all(others.map((client) => client.join(first.room))))];
    const heard = rooms.map(() => [] as Heard['heard'][number]);
    for (const [index, room] of rooms.entries()) {
      room.on('message', ({ seq, text }) => heard[index]?.push({ seq, text }));
    }
    const speak = async (index: number) => {
      const acks: Promise<{ seq: number }>[] = [];
      for (let count = 0; count < messages; count += 1) {
        acks.push(rooms[index]?.send(`${index} ${count}`) as Promise<{ seq: number }>);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      }
      return Promise.all(acks);
    };
    const acks = (await Promise.all(rooms.map((_, index) => speak(index)))).flat().map(({ seq }) => seq);
    while (rooms.some(({ lastSeq }) => lastSeq < acks.length)) {
      page.dispatchEvent(new Event('online')); // heads are asked for
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const client of clients) client.close();
    return { room: first.room, userId: first.you.userId, acks: acks.sort((a, b) => a - b), heard };
  },
};
Object.assign(globalThis, { asked });
