import { machineId } from '../../core/ids.js';
import type { ImageContext } from '../../core/machines/image-context.js';
import { isProven } from '../../core/ports/wipe-proof.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { SimRack } from '../../sim/rack.js';
import { dayPlan, type FleetDay } from './fleet-days.js';
import { entriesOf, playPlan, type Crash, type Played } from './journaled.js';

export interface PlayedDay extends Played {
  readonly plan: Plan;
  readonly rack: SimRack;
}

/** A day of 20 steps has some thousands. */
const MOST_INSTANTS = 20_000;

export function playDay(day: FleetDay, crashes: readonly Crash[] = []): PlayedDay {
  const plan = dayPlan(day);
  const racks: SimRack[] = [];
  let instants = 0;
  const watch = (rack: SimRack): void => {
    if (racks.length === 0) racks.push(rack);
    instants += 1;
    if (instants > MOST_INSTANTS) throw new Error('it goes on and on');
  };
  const played = playPlan({ plan, seed: day.seed, watch }, crashes);
  const [rack] = racks;
  if (rack === undefined) throw new Error('nothing moved');
  return { ...played, plan, rack };
}

/** What is not as it should be at the end of a day, in words. */
export function wrong(played: PlayedDay): readonly string[] {
  const { how, text, rack } = played;
  return [
    ...(how === 'settled' ? [] : [`the run is ${how}`]),
    ...entriesOf(text).flatMap((entry) =>
      entry.entry === 'unexpected' ? [`${entry.machine} does not expect ${entry.event}, entry ${entry.seq}`] : [],
    ),
    ...rack.fleet.leaks,
    ...left(played),
    ...untrue(played),
  ];
}

export const imageOf = ({ standing }: PlayedDay, name: string) => {
  const { state, context } = standing(machineId('image', name)) ?? {};
  return { state, context: context as ImageContext };
};

/** What there still is of images that are said to be on the shelf only. */
function left(played: PlayedDay): readonly string[] {
  const { plan, rack } = played;
  return [...plan.scenario.images.keys()].flatMap((name) => {
    const { state, context } = imageOf(played, name);
    if (state !== 'stored') return [];
    const unproven = context.nodes.filter(
      ({ node, slot }) =>
        !context.proofs.some((proof) => proof.node === node && proof.slot === slot && isProven(proof)),
    );
    const onLuns = rack.fleet.luns
      .read()
      .filter(({ active, staged, before }) => [active, staged, before].some((lun) => lun?.image === name));
    const onDisks = plan.nodes.filter(
      ({ id, slot }) => slot !== null && [...rack.fleet.disk(id).slots().values()].some(({ image }) => image === name),
    );
    return [
      ...unproven.map(({ node }) => `${name} is stored, and not proven off ${node}`),
      ...onLuns.map(({ node }) => `${name} is stored, and there is a LUN of it for ${node}`),
      ...onDisks.map(({ id }) => `${name} is stored, and on a slot of ${id}`),
    ];
  });
}

/** Images that are said to run where they do not. */
function untrue(played: PlayedDay): readonly string[] {
  const { plan, rack } = played;
  return [...plan.scenario.images.keys()].flatMap((name) => {
    const { state, context } = imageOf(played, name);
    if (state !== 'running') return [];
    const idle = context.nodes.filter(({ node, is }) => is === 'running' && rack.world.runs(node) !== name);
    return idle.map(({ node }) => `${name} is running, and ${node} runs ${rack.world.runs(node) ?? 'nothing'}`);
  });
}
