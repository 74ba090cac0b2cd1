import { Buffer } from 'buffer/';
import { connect, type Entry, type Storage } from '../../../src/index';
import { resetBlocks, runTests, type TestResult } from './test-runner';

/** The result of a conversation. */
interface Conversation {
  room: string;
  userId: string;
  acks: number[];
  received: Pick<Entry, 'seq' | 'text'>[][];
}

/** Functions that the browser test calls in the page. */
export interface PageApi {
  runSuites(names: string[], settings: Record<string, string>): Promise<TestResult[]>;
  runConversation(urls: string[], messageCount: number): Promise<Conversation>;
}

/** Browser globals that Node.js types lack. */
const browser = globalThis as unknown as { localStorage: Storage; dispatchEvent(event: Event): void };

const pageApi: PageApi = {
  async runSuites(names, settings) {
    Object.assign(globalThis, { process: { env: settings }, Buffer });
    for (const name of names) {
      resetBlocks();
      // esbuild bundles every file that matches this pattern.
      await import(`../../unit/${name}.test.ts`);
    }
    return runTests();
  },

  /**
   * Connects a client to each URL. Each client sends `messageCount` messages and waits for all messages of the other clients.
   */
  async runConversation(urls, messageCount) {
    const clients = urls.map((url, index) =>
      connect(url, index === 0 ? { storage: browser.localStorage, username: 'Ada' } : {}),
    );
    const [host, ...others] = clients as [(typeof clients)[0], ...typeof clients];
    const hostRoom = await host.createRoom();
    const rooms = [hostRoom, ...(await Promise.all(others.map((client) => client.join(hostRoom.room))))];
    const received = rooms.map(() => [] as Conversation['received'][number]);
    for (const [index, room] of rooms.entries()) {
      room.on('message', ({ seq, text }) => received[index]?.push({ seq, text }));
    }
    const sendAll = async (index: number) => {
      const acks: Promise<{ seq: number }>[] = [];
      for (let count = 0; count < messageCount; count += 1) {
        acks.push(rooms[index]?.send(`${index} ${count}`) as Promise<{ seq: number }>);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      }
      return Promise.all(acks);
    };
    const acks = (await Promise.all(rooms.map((_, index) => sendAll(index)))).flat().map(({ seq }) => seq);
    while (rooms.some(({ lastSeq }) => lastSeq < acks.length)) {
      browser.dispatchEvent(new Event('online')); // Makes the clients request the head sequences.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const client of clients) client.close();
    return { room: hostRoom.room, userId: hostRoom.you.userId, acks: acks.sort((a, b) => a - b), received };
  },
};
Object.assign(globalThis, { pageApi });
