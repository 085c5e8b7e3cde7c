/** What a key is good for; each may all that those before it may. */
export const ROLES = ['watch', 'operate', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function mayAct(role: Role, needs: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needs);
}
