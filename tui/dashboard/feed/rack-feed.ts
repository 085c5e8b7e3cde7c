import { mayAct } from '../../../core/bus/role.js';
import { FaultError, faultOf, says, type Fault } from '../../../core/faults/fault.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { componentKeysIn } from '../../../drivers/zmq-bus/keychain.js';
import type { Operate } from '../keys/operate.js';
import { entriesOf, rackNamed, reached, reachOf, type Reach } from '../../rack/reach.js';
import { bundleFeed } from './bundle-feed.js';
import { BusConsole } from './bus-console.js';
import type { Feed, FeedSink } from './feed.js';

/** A rack that is up on this host: what its run's folder holds, and what happens as its bus tells it. */
export function rackFeed(name: string | undefined): Feed {
  const place = rackNamed(name);
  const { run } = place.requireKeeper();
  const { site, console: kept, wire } = bundleFeed(run, { isFollowed: true, clock: systemClock() });
  const feed = remoteFeed(reachOf(place));
  return { ...feed, name: run, site, wire, console: (node) => feed.console(node) ?? kept(node) };
}

/** A rack elsewhere: its bus tells what happens, and no more. */
export function remoteFeed(reach: Reach): Feed {
  const consoles = new BusConsole(systemClock());
  return {
    name: reach.name,
    isGrowing: true,
    site: null,
    entries: async (from) => {
      const there = await reached(reach, 'watch');
      try {
        return (await entriesOf(there)).slice(from - 1);
      } finally {
        await there.bus.close();
      }
    },
    follow: (from, sink, signal) => void follow(reach, { from, sink, signal, consoles }),
    console: (node) => consoles.lines(node),
    wire: null,
    operate: operateBy(reach),
  };
}

/** A key that may only watch is known by its file; what the rack itself refuses comes back as its fault. */
function operateBy(reach: Reach): Operate | string {
  const role = reach.key === null ? 'admin' : componentKeysIn(reach.key).role;
  if (!mayAct(role, 'operate')) {
    const fault: Fault = {
      code: 'BUS-004',
      kind: 'role.tooLow',
      topic: 'asking things of a rack',
      role,
      needs: 'operate',
    };
    return `${fault.code} ${says(fault)}`;
  }
  return async ({ topic, payload }) => {
    const { bus } = await reached(reach, 'operate');
    try {
      await bus.send(topic, payload);
    } finally {
      await bus.close();
    }
  };
}

interface Following {
  readonly from: number;
  readonly sink: FeedSink;
  readonly signal: AbortSignal;
  readonly consoles: BusConsole;
}

async function follow(reach: Reach, { from, sink, signal, consoles }: Following): Promise<void> {
  const told = (thrown: unknown): void => {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    sink.trouble(`${fault.code} ${says(fault)}`);
  };
  const there = await reached(reach, 'watch').catch(told);
  if (there === undefined) return;
  const { bus } = there;
  const close = (): void => void bus.close();
  if (signal.aborted) return close();
  signal.addEventListener('abort', close, { once: true });
  consoles.reach(bus);
  bus.watch({
    from,
    onEntries: ({ entries }) => sink.take(entries, 0),
    onState: (state) => {
      if (state === 'other') sink.restart();
      sink.trouble(state === 'silent' ? 'nothing is heard of the rack' : null);
    },
    onBroken: (fault) => told(new FaultError(fault)),
  });
}
