/** The event `MessageMissed`. docs/events.md describes all fields. */
export interface MessageMissed {
  detail: {
    userId: string;
    room: string;
    name?: string;
    kind?: 'open' | 'invite' | 'direct';
    epoch: string;
    seq: number;
    messageId: string;
    from: { userId: string; username: string };
    ts: string;
    devices: Device[];
  };
}

/** A push subscription of a browser. */
export interface Device {
  deviceId: string;
  endpoint: string;
  keys: { p256dh: string; auth: string };
}
