import type { RoomKind } from '@roomcast/client';
import { useState } from 'preact/hooks';
import { notificationPermission, requestPermission } from '../chat/desktop-notifications';
import type { SavedData } from '../chat/saved-data';

interface Props {
  room: string;
  kind: RoomKind;
  savedData: SavedData;
}

/** Shows the checkbox that turns the notifications of one room on and off. */
export function NotificationToggle({ room, kind, savedData }: Props) {
  const [permission, setPermission] = useState(notificationPermission);
  const [isOn, setIsOn] = useState(() => permission === 'granted' && !savedData.isMuted(room));
  const [isBlocked, setIsBlocked] = useState(false);
  const change = async (isChecked: boolean) => {
    setIsOn(isChecked);
    const answer = isChecked ? await requestPermission() : permission;
    const isGranted = isChecked && answer === 'granted';
    savedData.setMuted(room, !isGranted);
    setPermission(answer);
    setIsOn(isGranted);
    setIsBlocked(isChecked && !isGranted);
  };
  return (
    <div class="room-option">
      {permission !== 'unsupported' && (
        <label>
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => void change(event.currentTarget.checked)}
          />
          Notify me of {kind === 'direct' ? 'messages' : 'mentions'}
        </label>
      )}
      <p class="hint" role="status">
        {permission === 'unsupported'
          ? 'This browser does not support the notifications of this page.'
          : isBlocked && 'Your browser blocks notifications. Allow them for this page in its settings.'}
      </p>
    </div>
  );
}
