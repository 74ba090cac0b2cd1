/** A notification of a message. */
export interface MessageNotification {
  title: string;
  text: string;
  room: string;
}

/** Whether the browser shows notifications of the page. `default`: the user has not decided yet. */
export type Permission = NotificationPermission | 'unsupported';

/** Whether the constructor threw. Chrome for Android supports notifications of service workers only. */
let hasFailed = false;

/**
 * Returns `unsupported` in browsers without notifications, such as iOS Safari outside of installed apps. Without permission,
 * calls the constructor to find out whether it throws. In this case it shows nothing.
 */
export function notificationPermission(): Permission {
  if (!('Notification' in globalThis)) return 'unsupported';
  if (Notification.permission !== 'granted') createNotification('');
  return hasFailed ? 'unsupported' : Notification.permission;
}

/** Asks the user for permission, unless the user has already decided. */
export async function requestPermission(): Promise<Permission> {
  const permission = notificationPermission();
  return permission === 'default' ? Notification.requestPermission() : permission;
}

/** Shows a notification if the user allowed it. It replaces the previous notification of the room. A click opens the room. */
export function showNotification({ title, text, room }: MessageNotification): void {
  if (notificationPermission() !== 'granted') return;
  const notification = createNotification(title, { body: text, tag: room });
  if (!notification) return;
  notification.onclick = () => {
    window.focus();
    location.hash = room;
    notification.close();
  };
}

function createNotification(title: string, options?: NotificationOptions): Notification | undefined {
  try {
    return new Notification(title, options);
  } catch {
    hasFailed = true;
    return undefined;
  }
}
