import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Devices } from '../../chat/away/ports';
import type { Device } from '../../chat/types';
import { ifConditionHolds } from './errors';
import { DAY_SECONDS, expiresIn } from './items';
import type { Tables } from './tables';

/** How long a device is kept after its browser last opened the page. */
const DEVICE_SECONDS = 60 * DAY_SECONDS;
/** A device that was stored less than this long ago is not stored again. */
const FRESH_MS = DAY_SECONDS * 1000;
const MAX_ATTEMPTS = 3;

/** A device in the item of its user, with the time at which it was stored. */
type StoredDevice = Omit<Device, 'deviceId'> & { at: number };
type StoredDevices = Record<string, StoredDevice>;

/** Stores the devices of a user in one item of the chat table. */
export function createDevices(
  { client, chatTable }: Pick<Tables, 'client' | 'chatTable'>,
  now = Date.now,
): Devices {
  const read = async (userId: string) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: chatTable, Key: devicesKey(userId), ConsistentRead: true }),
    );
    return { devices: (Item?.devices ?? {}) as StoredDevices, version: Item?.version as number | undefined };
  };
  const write = (userId: string, devices: StoredDevices, version: number | undefined, at: number) =>
    client.send(
      new UpdateCommand({
        TableName: chatTable,
        Key: devicesKey(userId),
        UpdateExpression: 'SET devices = :devices, version = :next, expiresAt = :expiresAt',
        ConditionExpression: version === undefined ? 'attribute_not_exists(version)' : 'version = :version',
        ExpressionAttributeValues: {
          ':devices': devices,
          ':next': (version ?? 0) + 1,
          ':expiresAt': expiresIn(DEVICE_SECONDS, at),
          ...(version === undefined ? {} : { ':version': version }),
        },
      }),
    );

  return {
    async store(userId, { deviceId, ...device }, at, max) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const { devices, version } = await read(userId);
        const stored = devices[deviceId];
        if (stored && stored.keys.auth === device.keys.auth && stored.at > at - FRESH_MS) return;
        const others = Object.entries(devices).filter(([id, other]) => id !== deviceId && isKept(other, at));
        const newest = others.sort(([, a], [, b]) => b.at - a.at).slice(0, max - 1);
        const changed = { ...Object.fromEntries(newest), [deviceId]: { ...device, at } };
        if (await ifConditionHolds(write(userId, changed, version, at))) return;
      }
      throw new Error(`Could not store a device in ${MAX_ATTEMPTS} attempts.`);
    },

    async list(userId) {
      const { devices } = await read(userId);
      const kept = Object.entries(devices).filter(([, device]) => isKept(device, now()));
      return kept.map(([deviceId, { endpoint, keys }]) => ({ deviceId, endpoint, keys }));
    },

    async remove(userId, deviceId) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: devicesKey(userId),
        UpdateExpression: 'SET version = version + :one REMOVE devices.#id',
        ConditionExpression: 'attribute_exists(devices.#id)',
        ExpressionAttributeNames: { '#id': deviceId },
        ExpressionAttributeValues: { ':one': 1 },
      });
      await ifConditionHolds(client.send(update));
    },
  };
}

function devicesKey(userId: string) {
  return { pk: `devices#${userId}`, sk: 'devices' };
}

function isKept({ at }: StoredDevice, nowMs: number): boolean {
  return at + DEVICE_SECONDS * 1000 > nowMs;
}
