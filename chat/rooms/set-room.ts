import { createRoomChanged } from '../delivery/notice-events';
import type { EventBus } from '../delivery/ports';
import { unknownRoomError } from '../members/authorization';
import { type Actor, requireModerator } from '../moderation/roles';
import type { Reply } from '../protocol/replies';
import { toRoomSettings } from '../protocol/serialize';
import type { Room } from '../types';
import type { RoomConfiguration, RoomSettings } from './ports';

export interface SetRoomDependencies {
  log: RoomConfiguration;
  bus: EventBus;
  now(): number;
  onNoticeFailed(error: unknown): void;
}

/**
 * Changes a room's settings and notifies the members. An empty string, 0 or `everyone` removes a setting.
 *
 * @returns all settings of the room.
 * @throws ProblemError `forbidden` if the actor is not a moderator.
 */
export async function setRoom(
  deps: SetRoomDependencies,
  actor: Actor,
  { room, name, topic, slowModeSeconds, writers, writeAfterSeconds }: RoomSettings & { room: Room },
): Promise<Reply<'roomSet'>> {
  requireModerator(actor, room);
  const changed = await deps.log.updateSettings(room, {
    ...{ name, topic, slowModeSeconds, writers, writeAfterSeconds },
  });
  if (!changed) throw unknownRoomError();
  await deps.bus.publish(createRoomChanged(changed, actor, deps.now())).catch(deps.onNoticeFailed);
  return { type: 'roomSet', room: room.room, ...toRoomSettings(changed) };
}
