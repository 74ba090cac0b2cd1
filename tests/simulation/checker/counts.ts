import { type Check, recordsOf, usersOf } from './records';

/**
 * Checks the member lists and member counts after the run has settled. They must match the users whose clients are in the room.
 */
export const checkCounts: Check = (records) => {
  const users = usersOf(records);
  const present = new Map<string, string[]>();
  for (const { room, client } of recordsOf(records, 'view'))
    present.set(room, [...(present.get(room) ?? []), users.get(client) ?? '']);
  return recordsOf(records, 'members').flatMap(({ client, room, memberCount, users: listed }) => {
    const about = `${client} reads of room ${room}`;
    const [seen, expected] = [[...listed].sort().join(' '), (present.get(room) ?? []).sort().join(' ')];
    return [
      ...(memberCount === listed.length
        ? []
        : [`${about} a count of ${memberCount}, and ${listed.length} members.`]),
      ...(seen === expected ? [] : [`${about} the members ${seen}, instead of ${expected}.`]),
    ];
  });
};
