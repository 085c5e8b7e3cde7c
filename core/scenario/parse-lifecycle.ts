import { nodeId } from '../ids.js';
import type { Medium } from '../ports/image.js';
import { milliseconds } from '../site/parse.js';
import type { ImageExpectation, ScenarioImage, Step, StepWhen } from './lifecycle.js';
import type { NodeStep } from './node-steps.js';
import type { ScenarioFile } from './schema.js';

type WrittenImage = NonNullable<ScenarioFile['images']>[string];
type WrittenStep = Exclude<NonNullable<ScenarioFile['steps']>[number], { do: NodeStep['do'] }>;

export const MEDIUM_OF_KIND = { root: 'lun', mesh: 'slot' } as const satisfies Readonly<Record<string, Medium>>;

export function imageOf(name: string, written: WrittenImage): ScenarioImage {
  const { project, kind, size_mb } = written;
  const media = [...new Set(written.for.map((node) => MEDIUM_OF_KIND[node]))];
  return { name, project, kind, media, size_bytes: size_mb * 1_000_000 };
}

export function stepOf(written: WrittenStep): Step {
  const facts = { image: written.image, when: written.when === undefined ? null : stepWhenOf(written.when) };
  if (written.do !== 'deploy') return { do: written.do, ...facts };
  return {
    do: 'deploy',
    ...facts,
    nodes: written.nodes?.map(nodeId) ?? null,
    slot: written.slot ?? null,
    policy: written.failing,
    isWanted: written.run,
    startsAt_ms: written.starts === undefined ? 0 : milliseconds(written.starts),
  };
}

function stepWhenOf(written: NonNullable<WrittenStep['when']>): StepWhen {
  if ('at' in written) return { kind: 'at', at_ms: milliseconds(written.at) };
  return { kind: 'image', image: written.image, state: written.is };
}

export function imageExpectationOf(written: NonNullable<ScenarioFile['expect']['images']>[string]): ImageExpectation {
  return {
    state: written.state,
    fault: written.fault ?? null,
    stage: written.stage ?? null,
    leftOut: (written.left_out ?? []).map(nodeId),
    wiped: (written.wiped ?? []).map(nodeId),
  };
}

export function slotsOf(written: Readonly<Record<string, string>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(written).map(([slot, image]) => [Number(slot), image]));
}
