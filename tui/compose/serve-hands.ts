import { randomUUID } from 'node:crypto';
import type { Bus } from '../../core/bus/bus.js';
import type { Clock } from '../../core/clock.js';
import type { EffectKind } from '../../core/effects/catalog.js';
import type { Perform } from '../../core/effects/perform.js';
import { route } from '../../core/effects/route.js';
import { unoffered, withoutLifecycle } from '../../core/effects/unoffered.js';
import { HandsHost } from '../../core/far/hands-host.js';
import { foldHandsLog } from '../../core/far/hands-log.js';
import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { Site } from '../../core/site/site.js';
import { LineLog } from '../../drivers/journal-file/line-log.js';
import type { BusAddress } from '../../drivers/zmq-bus/address.js';
import { joinBus, type JoinParts } from '../../drivers/zmq-bus/join.js';
import type { ComponentKeys } from '../../drivers/zmq-bus/keychain.js';
import { Hands } from './hands.js';
import { NOBODY } from './rack-hands.js';
import { readRackState } from './rack-state.js';
import { switchHandlers, ThroughHands, type DirectHands } from './through-hands.js';

export interface ServeHandsParts {
  /** What the nodes of these hands call them in the site file. */
  readonly name: string;
  readonly site: Site;
  readonly engine: BusAddress;
  readonly keys: ComponentKeys | null;
  /** Where they write down what they are asked. */
  readonly file: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly tell: (news: HandsNews) => void;
}

export type HandsNews =
  /** Nobody is at the engine's address. */
  | { readonly type: 'waiting' }
  /** They serve an engine; `open`: what an earlier life has left to be done or told. */
  | { readonly type: 'serving'; readonly journal: string; readonly open: number }
  | { readonly type: 'asked'; readonly effect: EffectKind; readonly node: string }
  | { readonly type: 'done'; readonly effect: EffectKind; readonly node: string; readonly fault: Fault | null };

/** The engine has forgotten this life of the hands: they begin another one. */
const FORGOTTEN: ReadonlySet<string> = new Set(['BUS-011', 'BUS-016']);
const LOOK_MS = 5_000;

/**
 * Performs near the hardware what the engine asks of the nodes that have these hands, until the signal comes. Engines
 * may come and go meanwhile; each life of these hands is for one journal.
 *
 * @throws FaultError BUS-006, BUS-008 to 010, HND-004, HND-007, and whatever else the engine refuses
 */
export async function serveHands(parts: ServeHandsParts): Promise<void> {
  const { signal, tell } = parts;
  let isWaiting = false;
  while (!signal.aborted) {
    const journal = await journalOf(parts);
    if (journal === null) {
      if (!isWaiting && !signal.aborted) tell({ type: 'waiting' });
      isWaiting = true;
      continue;
    }
    isWaiting = false;
    const fault = await serveOne(parts, journal);
    if (fault !== null && !FORGOTTEN.has(fault.code)) throw new FaultError(fault);
  }
}

/** Null where nobody answers. */
async function journalOf({ name, engine, keys, clock, signal }: ServeHandsParts): Promise<string | null> {
  const component = `${name}-looks`;
  const bus = await joinBus({ address: engine, clock, component, role: 'operate', keys, patience_ms: LOOK_MS });
  const leave = (): void => void bus.close();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return signal.aborted ? null : (await bus.welcome()).journal;
  } catch (thrown) {
    const code = faultOf(thrown)?.code;
    if (code !== 'BUS-005' && code !== 'BUS-016') throw thrown;
    return null;
  } finally {
    signal.removeEventListener('abort', leave);
    await bus.close();
  }
}

/** One life. @returns why it ended; null: the signal came, or another engine is there */
async function serveOne(parts: ServeHandsParts, journal: string): Promise<Fault | null> {
  const { name, site, clock, file, signal, tell } = parts;
  const { log, lines } = LineLog.open(file);
  const life = randomUUID();
  let end: (fault: Fault | null) => void = () => {};
  let fail: (bug: unknown) => void = () => {};
  const ended = new Promise<Fault | null>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const leave = (): void => end(null);
  signal.addEventListener('abort', leave, { once: true });
  await using hands = handsOf(parts, fail);
  const kept = foldHandsLog(lines, journal);
  if (typeof kept === 'number') {
    log.close();
    throw new FaultError({ code: 'HND-007', kind: 'hands.unwritable', file, why: `its line ${kept} is none` });
  }
  const own = new Set<string>(site.nodes.filter((node) => node.hands === name).map(({ id }) => id));
  const perform = telling(hands.perform, tell);
  const serves = (node: string): boolean => own.has(node);
  const host = new HandsHost({ clock, name, life, journal, log, kept, perform, serves, onOver: end });
  const bus = await joined(parts, { inbox: host, onWelcome: (welcome) => welcome.journal !== journal && end(null) });
  tell({ type: 'serving', journal, open: host.open });
  host.begin(bus);
  try {
    if (signal.aborted) end(null);
    return await ended;
  } finally {
    signal.removeEventListener('abort', leave);
    host.end();
    await bus.close();
    log.close();
  }
}

function joined(parts: ServeHandsParts, ends: Pick<JoinParts, 'inbox' | 'onWelcome'>): Promise<Bus> {
  const { name, engine, keys, clock } = parts;
  return joinBus({ address: engine, clock, component: name, role: 'operate', keys, ...ends });
}

interface OpenHands extends AsyncDisposable {
  readonly perform: Perform;
}

/** An emulated rack that was started again has its BMCs elsewhere: then it is reached for anew. */
function handsOf({ site, clock }: ServeHandsParts, onBug: (bug: unknown) => void): OpenHands {
  const opened: Hands[] = [];
  const nodes = new Map(site.nodes.map((node) => [node.id, node]));
  const at = (rack: RackState | null): Perform => {
    const noticed: Fault[] = [];
    const notice = (fault: Fault): void => void noticed.push(fault);
    const hands = new Hands({ site, clock, rack, operator: NOBODY, notice });
    opened.push(hands);
    const through = new ThroughHands({ rack: NO_RACK, hands, nodes, noticed, consoles: null });
    const edge = { clock, newAbort: () => new AbortController(), onBug };
    return route({
      ...switchHandlers(edge, through),
      ...through.handlers(edge),
      ...withoutLifecycle(clock),
      'boot.await': unoffered(clock, 'boot.await'),
      'time.await': unoffered(clock, 'time.await'),
      'nodes.hold': unoffered(clock, 'nodes.hold'),
      'nodes.release': unoffered(clock, 'nodes.release'),
    });
  };
  let known = readRackState(site.file);
  let current = at(known);
  return {
    perform: (effect, input, answer) => {
      const rack = readRackState(site.file);
      if (JSON.stringify(rack) !== JSON.stringify(known)) current = at(rack);
      known = rack;
      return current(effect, input, answer);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((hands) => hands[Symbol.asyncDispose]()));
    },
  };
}

/** The site file lets nobody have hands who is not behind a BMC. */
const direct = (): never => {
  throw new Error('bug: hands elsewhere were asked for what only the rack itself can do');
};
const NO_RACK: DirectHands = {
  bootDevice: { ensure: direct },
  power: { ensure: direct, read: direct },
};

function telling(perform: Perform, tell: ServeHandsParts['tell']): Perform {
  return (effect, input, answer) => {
    const node = 'node' in input ? input.node : '';
    tell({ type: 'asked', effect, node });
    return perform(effect, input, (result) => {
      tell({ type: 'done', effect, node, fault: result.ok ? null : result.failure.fault });
      answer(result);
    });
  };
}
