import type { NodeId } from '../../core/ids.js';
import type { Reservation } from '../../core/schedule/ledger.js';
import { timeText } from '../../core/schedule/zoned-time.js';
import { EXIT } from '../cli/command.js';
import { listLines, reservationLines } from '../views/reservations.js';
import { planLines, type NodePlan } from '../views/slot-plan.js';
import { named, nodeNames, slottedOf, timeOf, type Desk } from './desk.js';
import { jsonOf } from './json.js';

/** States that a list leaves out unless all are asked for. */
const DONE = new Set(['over', 'cancelled', 'refused']);

export function list(desk: Desk): number {
  const { io, given, zone, zones } = desk;
  lookAhead(desk);
  const found = chosen(desk, ({ state }) => given.flag('all') || !DONE.has(state));
  if (given.flag('json')) {
    for (const one of found) io.out(`${JSON.stringify(jsonOf(desk, one))}\n`);
    io.out(`${JSON.stringify({ type: 'result', reservations: found.length })}\n`);
  } else {
    for (const line of listLines(found, { zone, zones, columns: io.columns })) io.out(`${line}\n`);
  }
  return EXIT.ok;
}

/** Those that `--project` and `--nodes` leave, by their beginning. */
export function chosen({ given, ledger }: Desk, isWanted: (one: Reservation) => boolean): readonly Reservation[] {
  const project = given.text('project');
  const nodes = given.text('nodes');
  const wanted = nodes === undefined ? null : nodeNames(nodes);
  return ledger
    .all()
    .filter(isWanted)
    .filter((one) => project === undefined || one.project === project)
    .filter((one) => wanted === null || one.nodes.some((node) => wanted.includes(node)))
    .sort((one, other) => one.from - other.from);
}

export function show(desk: Desk): number {
  const { io, given, zone, zones } = desk;
  lookAhead(desk);
  const found = named(desk);
  if (given.flag('json')) io.out(`${JSON.stringify(jsonOf(desk, found))}\n`);
  else for (const line of reservationLines(found, { zone, zones, columns: io.columns })) io.out(`${line}\n`);
  return EXIT.ok;
}

/** Which image has which slot on each node, and until when it is held there. */
export function plan(desk: Desk): number {
  const { io, given, slots } = desk;
  lookAhead(desk);
  const plans = nodesOf(desk).map((node) => planOf(desk, node));
  if (given.flag('json')) {
    for (const one of plans) io.out(`${JSON.stringify({ type: 'node', ...one })}\n`);
    io.out(`${JSON.stringify({ type: 'result', nodes: plans.length, slots })}\n`);
  } else {
    for (const line of planLines(plans, { columns: io.columns, slots })) io.out(`${line}\n`);
  }
  return EXIT.ok;
}

/** `--at`: as it will be then, if nobody asks for anything more. */
function lookAhead(desk: Desk): void {
  const text = desk.given.text('at');
  if (text !== undefined) desk.ledger.advance(timeOf(desk, 'at', text));
}

/** The nodes with slots: those of the site where one is named, else those that are in any reservation. */
function nodesOf(desk: Desk): readonly NodeId[] {
  const { site } = desk;
  if (site !== null) {
    return slottedOf(
      site,
      site.nodes.map(({ id }) => id),
    );
  }
  return [...new Set(desk.ledger.all().flatMap(({ slotted }) => slotted))].sort();
}

function planOf({ ledger, zone, zones }: Desk, node: NodeId): NodePlan {
  const holding = ledger.all().filter((one) => !DONE.has(one.state) && one.slotted.includes(node));
  const slots = ledger.row(node).flatMap((content, index) => {
    if (content === null) return [];
    const holders = holding.filter(({ image }) => image === content.image).sort(byEnd);
    const last = holders.at(-1);
    const until = last === undefined ? null : timeText(last.to, zone, zones);
    return [{ slot: index + 1, image: content.image, held_by: holders.map(nameOf), until }];
  });
  return { node, slots };
}

function nameOf({ reservation }: Reservation): string {
  return reservation;
}

function byEnd(one: Reservation, other: Reservation): number {
  return one.to - other.to;
}
