import type { Role } from '@roomcast/client';

/** The roles, from the lowest to the highest. */
const ROLES: readonly Role[] = ['reader', 'member', 'moderator', 'owner'];

export function isModerator(role: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf('moderator');
}

/** Returns the roles that a user with this role can grant. The user can also remove members with these roles. */
export function lowerRoles(role: Role): readonly Role[] {
  return isModerator(role) ? ROLES.slice(0, ROLES.indexOf(role)) : [];
}
