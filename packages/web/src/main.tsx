import { render } from 'preact';
import { loadConfig } from './chat/config';
import { showNotification } from './chat/desktop-notifications';
import { browserStorage, SavedData, UNOPENED_KEY } from './chat/saved-data';
import { Session } from './chat/session';
import { App } from './ui/app';
import { followLink } from './ui/follow-link';
import { LoadError } from './ui/load-error';

const page = document.getElementById('page') as HTMLElement;

try {
  const { webSocketUrl } = await loadConfig();
  const storage = browserStorage('localStorage');
  const savedData = new SavedData(storage, browserStorage('sessionStorage'));
  const isVisible = () => document.visibilityState === 'visible';
  const session = new Session({
    url: webSocketUrl,
    storage,
    savedData,
    isVisible,
    hasFocus: () => document.hasFocus(),
    notify: showNotification,
    subscribe: async (key) => (await import('./chat/web-push')).subscribe(key),
  });
  // Only changes by other tabs cause this event. The key is null if the storage was cleared.
  addEventListener('storage', ({ key }) => {
    if (key === null || key === UNOPENED_KEY) session.loadUnopened();
  });
  followLink(session, savedData);
  render(<App session={session} savedData={savedData} />, page);
} catch (error) {
  render(<LoadError message={(error as Error).message} />, page);
}
