import { render } from 'preact';
import { loadConfig } from './chat/config';
import { browserStorage, Memory } from './chat/memory';
import { Session } from './chat/session';
import { App } from './ui/app';
import { Halt } from './ui/halt';

const page = document.getElementById('page') as HTMLElement;

try {
  const { webSocketUrl } = await loadConfig();
  const storage = browserStorage();
  const memory = new Memory(storage);
  const isVisible = () => document.visibilityState === 'visible';
  const session = new Session({ url: webSocketUrl, storage, memory, isVisible });
  render(<App session={session} memory={memory} />, page);
} catch (error) {
  render(<Halt reason={(error as Error).message} />, page);
}
