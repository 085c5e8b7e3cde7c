import type { NodeEvent } from '../machines/node-context.js';

/** In which states the machines of a node stand. */
export interface NodeStand {
  readonly node: string;
  readonly boot: string;
}

/** What a node's machine can be told about its power. */
export type PowerWord = Extract<NodeEvent['type'], 'deploy.requested' | 'release.requested'>;

/** Boots that are not under way, and have not come anywhere. */
const NO_BOOT: ReadonlySet<string> = new Set(['off', 'failed']);
/** A node that is in none of these was given to nobody, or is about to be off. */
const IN_USE: ReadonlySet<string> = new Set([
  'settingBootDevice',
  'poweringOn',
  'booting',
  'active',
  'deployFailed',
  'restarting',
]);

/**
 * What a node's machine is to be told so that the node comes to be on, or off: a level, so null where it is, or is on
 * its way there, be it that somebody else has switched it. `later`: once it is off, which it is about to be.
 */
export function powerWord(want: 'on' | 'off', { node, boot }: NodeStand): PowerWord | 'later' | null {
  const isBooted = !NO_BOOT.has(boot);
  if (want === 'off') {
    const isOn = IN_USE.has(node) || (node === 'available' && isBooted);
    return isOn ? 'release.requested' : null;
  }
  switch (node) {
    case 'available':
    case 'active':
      return isBooted ? null : 'deploy.requested';
    case 'deployFailed':
      // What hangs is on: its machine switches it off first.
      return 'deploy.requested';
    case 'poweringOff':
      return 'later';
    default:
      return null;
  }
}
