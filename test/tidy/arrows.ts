import { importsOf, resolved } from './syntax-tree.js';
import { isAt, isShipped, type Complaint, type TextFile } from './text-file.js';

/** Which top-level folders each may import. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  drivers: ['core', 'drivers'],
  sim: ['core', 'sim'],
  tui: ['core', 'drivers', 'sim', 'tui'],
};

/** Drivers that every driver may use. */
const SHARED_DRIVERS = ['process', 'system-clock'];

/** Packages that only some folders import, so that each can be replaced in one place. */
const SOLE_IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  zod: ['core/site', 'core/scenario', 'core/bus', 'core/far'],
  yaml: ['core/site', 'core/scenario'],
  xstate: ['core/engine', 'core/machines'],
  blessed: ['tui/dashboard/widgets'],
  zeromq: ['drivers/zmq-bus'],
  execa: ['drivers/process'],
  'ical.js': ['drivers/icalendar'],
  'net-snmp': ['drivers/pdu'],
  child_process: ['drivers/process'],
};

export function arrows(file: TextFile): readonly Complaint[] {
  if (!isShipped(file.path)) return [];
  return importsOf(file).flatMap(({ specifier, line }) => {
    const target = resolved(file.path, specifier);
    const says = target === null ? packageComplaint(file.path, specifier) : arrowComplaint(file.path, target);
    return says === null ? [] : [{ path: file.path, line, says }];
  });
}

function arrowComplaint(from: string, to: string): string | null {
  const [layer = '', driver = ''] = from.split('/');
  const [targetLayer = '', targetDriver = ''] = to.split('/');
  const allowed = ARROWS[layer] ?? [];
  if (Object.hasOwn(ARROWS, targetLayer) && !allowed.includes(targetLayer)) {
    return `${layer} imports ${to}; ${layer} may import only ${allowed.join(', ')}`;
  }
  if (layer !== 'drivers' || targetLayer !== 'drivers' || driver === targetDriver) return null;
  if (SHARED_DRIVERS.includes(targetDriver)) return null;
  return `drivers/${driver} imports drivers/${targetDriver}; hand it in from tui/compose.ts`;
}

function packageComplaint(from: string, specifier: string): string | null {
  const name = specifier.replace(/^node:/, '').replace(/^((@[^/]+\/)?[^/]+).*$/, '$1');
  const homes = SOLE_IMPORTERS[name];
  if (homes === undefined || homes.some((home) => isAt(from, home))) return null;
  return `imports ${name}, which only ${homes.join(' and ')} may`;
}
