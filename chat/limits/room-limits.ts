import type { AuthorizedRequest } from '../members/authorization';
import type { Turns } from '../messages/ports';
import { isModerator } from '../moderation/roles';
import type { Connection, Room } from '../types';
import { chargeRate, type LimitDependencies, rateLimitError, userOwner } from './charge-action';
import type { Rate, RoomBudgets } from './ports';

/** Limits for messages in a room: the budget of the lobby, and slow mode. */

export interface LobbyBudgetDependencies extends LimitDependencies {
  log: RoomBudgets;
  /** The rate limit of all messages in the lobby together. */
  lobbyRate: Rate;
}

export interface RoomLimitDependencies extends LobbyBudgetDependencies {
  log: Turns & RoomBudgets;
}

/**
 * Returns each user's share of a crowded lobby: a fiftieth of the rate, and a twentieth of the burst. The rest is left for
 * users who send fewer messages.
 */
function fairShare({ perSecond, burst }: Rate): Rate {
  return { perSecond: perSecond / 50, burst: Math.max(1, burst / 20) };
}

/** Checks that the lobby's budget allows the message, before anything is charged or written. */
export async function checkLobby(
  deps: RoomLimitDependencies,
  room: Room,
  connection: Connection,
): Promise<void> {
  const checked = chargeRate(deps.lobbyRate, room.arrival, deps.now());
  if (!checked.allowed) throw await lobbyLimitError(deps, connection, checked);
}

/**
 * Charges a message to the lobby's budget. If the lobby is crowded, that is, if half of its budget is used up, first charges
 * the message to the user's share. The share prevents a few busy users from using up the lobby's budget.
 */
export async function chargeLobby(
  deps: RoomLimitDependencies,
  room: Room,
  connection: Connection,
): Promise<void> {
  const { lobbyRate } = deps;
  if (!chargeRate(lobbyRate, room.arrival, deps.now(), lobbyRate.burst / 2).allowed) {
    const share = { budget: 'lobby', rate: fairShare(lobbyRate), units: 1 };
    const shared = await deps.budgets.charge(userOwner(connection.userId), [share]);
    if (!shared.allowed) throw await lobbyLimitError(deps, connection, shared);
  }
  await chargeLobbyBudget(deps, room, connection);
}

/** Charges one fan-out to the lobby's budget: a message, a change of a message, or an entry with reactions. */
export async function chargeLobbyBudget(
  deps: LobbyBudgetDependencies,
  room: Room,
  connection: Connection,
): Promise<void> {
  const charged = await deps.log.chargeRoom(room, deps.lobbyRate);
  if (!charged.allowed) throw await lobbyLimitError(deps, connection, charged);
}

function lobbyLimitError(
  deps: LimitDependencies,
  connection: Connection,
  rejection: { retryAfterMs: number },
) {
  const detail = 'The lobby is receiving too many messages. Wait before you send the next one.';
  return rateLimitError(deps, connection, detail, rejection);
}

/** Takes the sender's turn in a room in slow mode. Fails if the sender has to wait. Moderators need no turn. */
export async function requireTurn(
  deps: RoomLimitDependencies,
  { room, slowModeSeconds, lastTs }: Room,
  { connection, membership, request }: AuthorizedRequest<'sendmessage'>,
): Promise<void> {
  if (slowModeSeconds === undefined || isModerator(membership.role)) return;
  const { clientMsgId } = request;
  const ts = Math.max(deps.now(), lastTs);
  const message = { room, from: membership, ts, ...(clientMsgId === undefined ? {} : { clientMsgId }) };
  const nextSendAt = await deps.log.takeTurn(message, ts + slowModeSeconds * 1000);
  if (nextSendAt === undefined) return;
  const detail = 'The room is in slow mode. Wait before you send the next message.';
  const retryAfterMs = Math.max(nextSendAt - deps.now(), 1);
  throw await rateLimitError(deps, connection, detail, { retryAfterMs });
}
