export const PROJECT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** As site files have it. */
export const IMAGE = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** Longer is a slip of the keyboard. */
export const LONGEST_MS = 2 * 366 * 86_400_000;
