/** What goes wrong with BMCs; most of them lie, and each lie was told by a real one. */
export const BMC_MISHAP_KINDS = [
  /** It refuses our password. */
  'bmc.wrong-password',
  /** It does not answer at all, as with its cable pulled. */
  'bmc.gone',
  /** It goes on telling the power state of when this began. */
  'bmc.stale-power',
  /** It accepts a boot device, keeps none, and tells its default when asked. */
  'bmc.boot-device-lost',
  /** It accepts `power on`, and nothing happens. */
  'bmc.power-on-ignored',
  /** Its own power cycle leaves the node off. */
  'bmc.cycle-stays-off',
  /** It falls silent for a while after some commands in quick succession. */
  'bmc.mute-after-burst',
  /** It refuses every command until it is reset itself. */
  'bmc.needs-reset',
  /** It lets anybody in, whatever the password. */
  'bmc.any-password',
  /** It answers, but only just within what one waits for. */
  'bmc.slow',
] as const;
export type BmcMishapKind = (typeof BMC_MISHAP_KINDS)[number];

export function isBmcMishap(mishap: string): mishap is BmcMishapKind {
  return BMC_MISHAP_KINDS.some((kind) => kind === mishap);
}
