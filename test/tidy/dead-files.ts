import { importsOf, resolved } from './syntax-tree.js';
import { isAt, isShipped, type Complaint, type TextFile } from './text-file.js';

/** Files that something else than an import brings to life. */
const ENTRY_POINTS: readonly string[] = [
  // The bin of package.json.
  'tui/main.ts',
  // What npm start runs.
  'tui/start.ts',
  // What both of them load.
  'tui/program.ts',
  // Joins foreign programs to the wire: the world tests hold our services against them through it.
  'drivers/wire/uplink/uplink.ts',
  // One image to many nodes: what a deployment over the wire, or over a real network, is composed of.
  'drivers/wire/services/multicast/on-socket.ts',
  // The promise face of the simulated BMC, on which the ports' contracts run.
  'sim/drivers/power.ts',
  // The shelf of the simulation, held to the port's contract beside the real one.
  'sim/drivers/image-store.ts',
  // The bus of components that share a process: tests hold it to the same contract. An engine calls hands of its own
  // process without it, as nothing can be lost between them.
  'core/bus/in-process.ts',
  'drivers/zmq-bus/host.ts',
  'drivers/zmq-bus/join.ts',
  // An engine's journal as the bus sees it: what a rack that stays up is composed of.
  'tui/compose/journal-service.ts',
  // A machine in memory: the tests of BMCs, Redfish services and PDUs manage it.
  'sim/drivers/chassis.ts',
  // The model that other simulators run too; npm run bench compares with them.
  'sim/models/pxe9.ts',
];

/** Shipped files that no shipped file imports. A test that imports one does not keep it alive: nobody can use it. */
export function deadFiles(files: readonly TextFile[]): readonly Complaint[] {
  const shipped = files.filter(({ path }) => isShipped(path));
  const alive = new Set(
    shipped.flatMap((file) => importsOf(file).map(({ specifier }) => resolved(file.path, specifier))),
  );
  return shipped
    .filter(({ path }) => !alive.has(path) && !ENTRY_POINTS.some((entry) => isAt(path, entry)))
    .map(({ path }) => ({ path, line: 1, says: 'nothing imports it; wire it up or delete it' }));
}
