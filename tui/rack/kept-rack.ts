import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { Observe } from '../../core/evidence.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { Entry } from '../../core/journal/entry.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { SiteNode } from '../../core/site/site.js';
import { buildPayload, type Payload, type PayloadPart } from '../../drivers/payload/payload.js';
import { endLeft } from '../../drivers/qemu/unit-book.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import { acceleratorProbe, lifeName } from '../compose/emulated.js';
import { offerSiteImages, openEmulatedRack, type EmulatedRack } from '../compose/emulated-rack.js';
import { kcsPortsOf } from '../compose/kcs-ports.js';
import { openMachineRoom, type MachineRoom } from '../compose/machine-room.js';
import { handsIn, type RackHands } from '../compose/rack-hands.js';
import { toldOfBoot } from '../compose/told-of-boot.js';

/** What nodes may come to boot: any mishap may be asked for at any time. */
export const KEPT_PAYLOAD: readonly PayloadPart[] = ['bootFile', 'root', 'no-boot-loader', 'panic'];

export interface KeptRackParts {
  readonly plan: Plan;
  readonly seed: number;
  /** The run's folder: consoles, captures and, as long as the run is not over, LUNs. */
  readonly run: string;
  /** For sockets, and what BMCs keep from others; its path is short, as a socket's whole path has at most 107 bytes. */
  readonly sockets: string;
  /** Where its BMCs and PDUs were the last time; null: it is new. */
  readonly before: MachineRoom['places'] | null;
  /** For the keys of its BMCs, which outlive its runs. */
  readonly certificates: string;
  readonly earlier: readonly Entry[];
  readonly clock: Clock;
  readonly observe: Observe;
  readonly noted: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

/** An emulated rack that lasts, for our machines and for other people's software. */
export interface KeptRack extends AsyncDisposable {
  readonly opened: EmulatedRack;
  readonly room: MachineRoom;
  readonly hands: RackHands;
  /** A node that was on is on again, and starts from `device`; null: as its firmware would. */
  putBack(node: NodeId, device: BootDevice | null): Promise<void>;
}

/**
 * Its nodes are off, and have the LUNs that they had.
 * @throws FaultError PAY, HOST, QMU, WIRE, and as `openMachineRoom`
 */
export async function openKeptRack(parts: KeptRackParts): Promise<KeptRack> {
  const { plan, sockets, signal, earlier } = parts;
  const payload = await buildPayload({ signal, uses: KEPT_PAYLOAD });
  if (earlier.length === 0) clearAway(sockets, plan.nodes);
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  const kcsPorts = await kcsPortsOf(plan.nodes, join(sockets, 'kcs.json'));
  const opened = await openNodes(parts, payload, kcsPorts);
  try {
    offerSiteImages(opened, plan, payload);
    const room = await openRoom(parts, opened, kcsPorts);
    opened.mishaps.lieBy(room.lie);
    const hands = handsIn(room, { ...parts, rack: opened.rack });
    return {
      opened,
      room,
      hands,
      putBack: async (node, device) => {
        if (opened.found.get(node)?.state === 'running') return;
        room.chassis.get(node)?.setBootOverride({ device, lasts: 'always', mode: 'legacy' });
        // What only its outlets switch starts as soon as it is fed.
        if (!room.feed(node)) await opened.rack.power.ensure(node, 'on', signal);
      },
      async [Symbol.asyncDispose]() {
        await hands[Symbol.asyncDispose]();
        await room[Symbol.asyncDispose]();
        await opened[Symbol.asyncDispose]();
        rmSync(sockets, { recursive: true, force: true });
      },
    };
  } catch (thrown) {
    await opened[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** Of a run that is over, whose keeper was killed before it had put it away. */
function clearAway(sockets: string, nodes: readonly SiteNode[]): void {
  for (const { id } of nodes) endLeft(join(sockets, id));
  rmSync(sockets, { recursive: true, force: true });
}

type KcsPorts = Awaited<ReturnType<typeof kcsPortsOf>>;

async function openNodes(parts: KeptRackParts, payload: Payload, kcsPorts: KcsPorts): Promise<EmulatedRack> {
  const { run, sockets, earlier } = parts;
  const { accelerator } = await acceleratorProbe();
  const home = join(run, BUNDLE.rack);
  mkdirSync(home, { recursive: true });
  return openEmulatedRack({
    ...parts,
    payload,
    mesh: null,
    accelerator,
    scratch: sockets,
    home,
    capturePath: join(run, lifeName(BUNDLE.capture, earlier)),
    consoleDirectory: join(run, BUNDLE.consoles),
    forOthers: { kcsPorts },
    lasts: { told: (node) => toldOfBoot(earlier, node) },
  });
}

function openRoom(parts: KeptRackParts, { rack }: EmulatedRack, kcsPorts: KcsPorts): Promise<MachineRoom> {
  const { site, nodes } = parts.plan;
  return openMachineRoom({
    ...parts,
    site,
    nodes,
    rack,
    readSecret: secretReader({ folder: dirname(site.file), environment: process.env, clock: parts.clock }),
    kcsPorts,
    directory: join(parts.sockets, 'bmc'),
  });
}
