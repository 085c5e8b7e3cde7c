/** The wall clock: for names and dates of bundles, never for a journal. */
export function wallNow(): { readonly at: number; readonly iso: string } {
  const now = new Date();
  return { at: now.getTime(), iso: now.toISOString() };
}
