import type { FaultError } from '../../core/faults/fault.js';
import { nodeId, reservationNamed, type NodeId } from '../../core/ids.js';
import type { Ledger, Reservation, ScheduleRecord } from '../../core/schedule/ledger.js';
import { readTime, type Zones } from '../../core/schedule/zoned-time.js';
import { nearest } from '../../core/site/nearest.js';
import { MOST_SLOTS, type Site } from '../../core/site/site.js';
import { commitChange, readSchedule, type StoredSchedule } from '../../drivers/schedule-store/schedule-store.js';
import { wallNow } from '../../drivers/system-clock/wall.js';
import { systemZones } from '../../drivers/time-zones/zones.js';
import { usage, type Given } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { loadSite } from '../load-plan.js';
import { ledgerOf } from './ledger.js';

export const DEFAULT_DIRECTORY = 'schedule';

/** The schedule as it lies on the desk: read, come to the present, ready to be asked. */
export interface Desk {
  readonly given: Given;
  readonly io: Io;
  readonly stored: StoredSchedule;
  readonly ledger: Ledger;
  /** What `--site` names; null where it is not given. */
  readonly site: Site | null;
  readonly slots: number;
  readonly zones: Zones;
  /** Times without an offset are read, and all times shown, in this zone. */
  readonly zone: string;
  readonly now: number;
}

/** @throws FaultError CLI-001, RES-007, RES-009 */
export function openDesk(given: Given, io: Io): Desk {
  const zones = systemZones();
  const zone = zoneOf(given, zones);
  const stored = readSchedule(given.text('schedule') ?? DEFAULT_DIRECTORY);
  for (const file of stored.torn) io.err(`${file} was cut off and counts as not written\n`);
  const siteFile = given.text('site');
  const site = siteFile === undefined ? null : loadSite(siteFile).site;
  const slots = slotsOf(site, stored);
  const ledger = ledgerOf(stored, slots);
  const now = Math.floor(wallNow().at / 1_000) * 1_000;
  // A host whose clock is behind does not undo what has happened.
  ledger.advance(Math.max(now, ledger.at));
  return { given, io, stored, ledger, site, slots, zones, zone, now: ledger.at };
}

/** Asks, and keeps what was granted. @throws FaultError RES-001 to 006, RES-008; then nothing was written */
export function keep(desk: Desk, record: ScheduleRecord): Reservation {
  const reservation = desk.ledger.apply(record);
  store(desk, [record]);
  return reservation;
}

export function store({ stored, ledger, slots }: Desk, records: readonly ScheduleRecord[]): void {
  if (records.length > 0) commitChange(stored, { slots, records, state: ledger.state() });
}

function zoneOf(given: Given, zones: Zones): string {
  const zone = given.text('zone') ?? zones.local;
  if (zones.isKnown(zone)) return zone;
  const meant = nearest(zone, zones.names());
  const mend = meant === null ? '; write one such as Europe/Berlin' : meantText(meant);
  throw refuse(`there is no zone ${JSON.stringify(zone)}${mend}`);
}

/** A schedule keeps the number that it began with: what was granted relies on it. */
function slotsOf(site: Site | null, { slots: kept, directory }: StoredSchedule): number {
  const slots = site?.disk.slots ?? kept ?? MOST_SLOTS;
  if (kept === null || kept === slots) return slots;
  throw refuse(`the schedule in ${directory} is for disks of ${kept} slots, and ${site?.file} has ${slots}`);
}

/** @throws FaultError CLI-001 when the option is missing */
export function required({ given }: Pick<Desk, 'given'>, option: string): string {
  const text = given.text(option);
  if (text === undefined || text === '') throw refuse(`it takes --${option}`);
  return text;
}

/** @throws FaultError CLI-001; a time that clocks show twice is told on the way */
export function timeOf({ zone, zones, now, io }: Desk, option: string, text: string): number {
  const read = readTime(text, { zone, zones, now });
  if ('problem' in read) throw refuse(`--${option}: ${read.problem}`);
  if (read.note !== null) io.err(`${read.note}\n`);
  return read.at;
}

/** The reservation that the command line names. @throws FaultError RES-003, CLI-001 */
export function named({ given, ledger }: Desk): Reservation {
  const text = given.positionals[1];
  if (text === undefined) throw refuse('it takes the name of a reservation, such as r1');
  const id = reservationNamed(text);
  if (id === null) throw ledger.unknown(text);
  return ledger.get(id);
}

/** @throws FaultError CLI-001 when none is named */
export function siteOf(desk: Desk): Site {
  if (desk.site === null) throw refuse('it takes --site');
  return desk.site;
}

/** @throws FaultError CLI-001 with the nearest name, where the site has no such node */
export function nodesIn(site: Site, text: string): readonly NodeId[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
  if (names.length === 0) throw refuse('--nodes takes names, separated by commas');
  const known = site.nodes.map(({ id }) => id);
  return names.map((name) => {
    const id = known.find((candidate) => candidate === name);
    if (id !== undefined) return id;
    throw refuse(`${site.file} has no node ${JSON.stringify(name)}${meantText(nearest(name, known))}`);
  });
}

/** Those whose disk has slots. */
export function slottedOf(site: Site, nodes: readonly NodeId[]): readonly NodeId[] {
  return nodes.filter((node) => site.nodes.some(({ id, kind }) => id === node && kind === 'mesh'));
}

/** Names of nodes that no site was asked about. @throws FaultError CFG-001 */
export function nodeNames(text: string): readonly NodeId[] {
  return text.split(',').map((name) => nodeId(name.trim()));
}

export function meantText(meant: string | null): string {
  return meant === null ? '' : `; did you mean ${meant}?`;
}

export function refuse(what: string): FaultError {
  return usage({ name: 'reserve' }, what);
}
