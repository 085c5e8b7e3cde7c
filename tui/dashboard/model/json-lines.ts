import { remedy, says } from '../../../core/faults/fault.js';
import { chainOf } from './chain-facts.js';
import { allImages } from './image-facts.js';
import type { Model } from './model.js';
import type { NodeBoard, StateFacts } from './node-facts.js';
import type { Schedule } from './schedule.js';
import { wireFacts, type WireFacts, type WireSource } from './wire.js';
import { whyOf, type Moment, type Why } from './why.js';

/** The model as objects, for programs: all that screens show, the last line the moment itself. Instants in ms. */
export function jsonLines({
  moment,
  board,
  schedule,
  wire,
}: {
  readonly moment: Moment;
  readonly board: NodeBoard;
  readonly schedule: Schedule;
  readonly wire: WireSource | null;
}): readonly object[] {
  const { model, now_ms } = moment;
  const nodes = model.names('node').map((id) => {
    const { fault, moving: _, node, boot, deployment, ...facts } = board.one(model, id);
    const why = whyOf(moment, id);
    return {
      type: 'node',
      ...facts,
      node: stateLine(node),
      boot: stateLine(boot),
      deployment: stateLine(deployment),
      chain: chainOf(model, id),
      waiting: why === null || !why.isMoving ? null : waitingLine(why),
      fault: fault === null ? null : { ...fault.fault, at_ms: fault.at, is_active: fault.endedAt === null },
    };
  });
  const images = imageLines(model);
  const faults = faultLines(model);
  const { opening, verdict, seq, unexpected } = model;
  const run = { scenario: opening?.scenario ?? null, world: opening?.world ?? null, seed: opening?.seed ?? null };
  const counts = { nodes: nodes.length, images: images.length, faults: faults.length, unexpected };
  return [
    ...nodes,
    ...images,
    ...faults,
    ...mishapLines(model),
    ...buildLines(model),
    ...reservationLines(schedule),
    ...(wire === null ? [] : wireLines(wireFacts(wire, now_ms))),
    { type: 'top', version: 1, ...run, verdict, entry: seq, at_ms: now_ms, ...counts },
  ];
}

function imageLines(model: Model): readonly object[] {
  return allImages(model).map(({ name, project, state, nodes: on, there, passed, wipes }) => {
    return { type: 'image', name, project, state: stateLine(state), there, nodes: on, passed, wipes };
  });
}

function faultLines({ faults }: Model): readonly object[] {
  return faults.records.map(({ fault, subject, at, seq, endedAt }) => {
    const words = { says: says(fault), remedy: remedy(fault) };
    return { type: 'fault', ...fault, subject, at_ms: at, entry: seq, ended_at_ms: endedAt, ...words };
  });
}

function mishapLines({ broken }: Model): readonly object[] {
  return broken.map(({ mishap, node, at, healedAt }) => {
    return { type: 'mishap', mishap, node, at_ms: at, healed_at_ms: healedAt };
  });
}

/** In the order in which they were asked for. */
function buildLines(model: Model): readonly object[] {
  return model.builds.all.map((build) => {
    const { kind, subject, asker, at, seq, steps, writes, progress, end } = build;
    const passed = steps.map((step) => ({ state: step.state, at_ms: step.at }));
    const usual = model.builds.usual(build);
    const times = { at_ms: at, entry: seq, ended_at_ms: end?.at ?? null, usual_ms: usual?.ms ?? null };
    const state = end?.state ?? model.machine(build.machine)?.standing.state ?? null;
    const how = { state, ended: end?.how ?? null, fault: end?.fault ?? null };
    return {
      type: 'build',
      build: kind,
      of: subject,
      asked_by: asker,
      ...times,
      ...how,
      progress,
      writes,
      steps: passed,
    };
  });
}

function reservationLines({ reservations, scale }: Schedule): readonly object[] {
  const clock = scale.kind === 'run' ? 'run' : 'unix';
  return reservations.map(({ reservation, state, project, image, nodes, slots, from, to }) => {
    return { type: 'reservation', reservation, state, project, image, nodes, slots, from_ms: from, to_ms: to, clock };
  });
}

/** Of each port; counts of the last whole second, and of the last minute. */
function wireLines({ all, talkers, lost }: WireFacts): readonly object[] {
  return [all, ...talkers].map(({ port, frames, sent_bytes, got_bytes, minute_frames, minute_bytes, most }) => {
    const minute = { frames: minute_frames, bytes: minute_bytes, ...(port === 'all' ? { lost } : {}) };
    return { type: 'wire', port, frames_per_s: frames, sent_bytes, got_bytes, minute, most };
  });
}

function stateLine(state: StateFacts | null): object | null {
  if (state === null) return null;
  const { state: name, tone, since, isAtRest } = state;
  return { state: name, tone, since_ms: since, is_at_rest: isAtRest };
}

function waitingLine({ machine, waited_ms, usual, waitsFor, deadline, suspected, tried, check }: Why): object {
  const limit = { deadline_at_ms: deadline?.at ?? null, taken_for: deadline?.cause ?? null };
  const times = { since_ms: machine.since, waited_ms, usual_ms: usual?.ms ?? null, usual_count: usual?.count ?? null };
  return {
    machine: machine.id,
    state: machine.standing.state,
    ...times,
    waits_for: waitsFor,
    ...limit,
    suspected,
    tried,
    check,
  };
}
