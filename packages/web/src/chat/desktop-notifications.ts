/** A notification of a message that mentions this user. */
export interface MentionNotification {
  title: string;
  text: string;
  room: string;
}

/** Whether the browser shows notifications. `default`: the user has not decided yet. */
export type Permission = 'granted' | 'denied' | 'default';

/** Returns `denied` in browsers without notifications, such as iOS Safari outside of installed apps. */
export function notificationPermission(): Permission {
  return 'Notification' in globalThis ? Notification.permission : 'denied';
}

/** Asks the user for permission, unless the user has already decided. */
export async function requestPermission(): Promise<Permission> {
  return notificationPermission() === 'default' ? Notification.requestPermission() : notificationPermission();
}

/** Shows a notification if the user allowed it. It replaces the room's previous one. A click opens the room. */
export function showNotification({ title, text, room }: MentionNotification): void {
  if (notificationPermission() !== 'granted') return;
  try {
    const notification = new Notification(title, { body: text, tag: room });
    notification.onclick = () => {
      window.focus();
      location.hash = room;
      notification.close();
    };
  } catch {
    // Chrome for Android supports notifications from service workers only.
  }
}
