import type { NodeId } from '../ids.js';
import type { PowerState } from '../ports/power.js';

/** One power cord of a node: the outlet that it is plugged into. */
export interface Feed {
  readonly pdu: string;
  /** As its vendor counts: `3`, or `2.1.3` where outlets stand in units and banks. */
  readonly outlet: string;
}

/** Whether a node has mains: while any of its feeds is on. A node with two supplies runs on either of them. */
export function mainsOf(feeds: readonly PowerState[]): PowerState {
  return feeds.includes('on') ? 'on' : 'off';
}

/** Which outlets of a rack are on, and through them which nodes have mains. A value: a switching makes the next one. */
export interface Feeds {
  readonly of: ReadonlyMap<NodeId, readonly Feed[]>;
  readonly on: ReadonlySet<string>;
}

export interface MainsChange {
  readonly node: NodeId;
  readonly mains: PowerState;
}

/** All outlets off. A node without a feed is not ours to switch, and never in a change. */
export function unfed(of: ReadonlyMap<NodeId, readonly Feed[]>): Feeds {
  return { of, on: new Set() };
}

export function mains(feeds: Feeds, node: NodeId): PowerState {
  return mainsOf((feeds.of.get(node) ?? []).map((feed) => (feeds.on.has(keyOf(feed)) ? 'on' : 'off')));
}

/** An outlet is switched: what is so then, and the nodes whose mains have come or gone by it, in the site's order. */
export function switched(
  feeds: Feeds,
  feed: Feed,
  state: PowerState,
): { readonly feeds: Feeds; readonly changes: readonly MainsChange[] } {
  const on = new Set(feeds.on);
  if (state === 'on') on.add(keyOf(feed));
  else on.delete(keyOf(feed));
  const next: Feeds = { of: feeds.of, on };
  const changes = [...feeds.of.keys()]
    .filter((node) => mains(feeds, node) !== mains(next, node))
    .map((node) => ({ node, mains: mains(next, node) }));
  return { feeds: next, changes };
}

function keyOf({ pdu, outlet }: Feed): string {
  return `${pdu}/${outlet}`;
}
