import { useState } from 'preact/hooks';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { useStore } from './use-store';

interface Props {
  session: Session;
  savedData: SavedData;
  isFollowing?: boolean;
}

/**
 * Whether the browser can show notifications while the page is closed. Safari on iOS can show them only for installed apps.
 */
const isSupported = 'PushManager' in globalThis && 'serviceWorker' in navigator;

/** Shows the checkbox that follows the room, if the server sends notifications while the page is closed. */
export function AwayToggle({ session, savedData, isFollowing = false }: Props) {
  const { webPushKey } = useStore(session.store);
  /** The choice of the user, until it is stored. */
  const [choice, setChoice] = useState<boolean>();
  const [problem, setProblem] = useState<string>();
  if (!webPushKey || !isSupported) return null;
  const change = async (isOn: boolean) => {
    setChoice(isOn);
    setProblem(undefined);
    const store = session.perform((room) => session.setFollowing(room, isOn));
    setProblem(await store.catch((error: Error) => error.message)); // of the browser
    setChoice(undefined);
  };
  return (
    <div class="room-option">
      <label>
        <input
          type="checkbox"
          checked={choice ?? (isFollowing && savedData.deviceStoredAt > 0)}
          onChange={(event) => void change(event.currentTarget.checked)}
        />
        Notify me when this page is closed
      </label>
      <p class="bad" role="alert">
        {problem}
      </p>
    </div>
  );
}
