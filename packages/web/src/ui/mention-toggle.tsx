import { useState } from 'preact/hooks';
import { notificationPermission, requestPermission } from '../chat/desktop-notifications';
import type { SavedData } from '../chat/saved-data';

interface Props {
  room: string;
  savedData: SavedData;
}

/** Shows the checkbox that turns the notifications of one room on and off. */
export function MentionToggle({ room, savedData }: Props) {
  const [isOn, setIsOn] = useState(() => notificationPermission() === 'granted' && !savedData.isMuted(room));
  const [isBlocked, setIsBlocked] = useState(false);
  const change = async (isChecked: boolean) => {
    setIsOn(isChecked);
    const isGranted = isChecked && (await requestPermission()) === 'granted';
    savedData.setMuted(room, !isGranted);
    setIsOn(isGranted);
    setIsBlocked(isChecked && !isGranted);
  };
  return (
    <div class="mention-toggle">
      <label>
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => void change(event.currentTarget.checked)}
        />
        Notify me of mentions
      </label>
      <p class="hint" role="status">
        {isBlocked && 'Your browser blocks notifications. Allow them for this page in its settings.'}
      </p>
    </div>
  );
}
