import type { FileFault } from '../faults/config.js';
import { FaultError } from '../faults/fault.js';
import { nodeId } from '../ids.js';
import { deadlinesOf, milliseconds } from '../site/parse.js';
import { imageExpectationOf, imageOf, slotsOf, stepOf } from './parse-lifecycle.js';
import { fileFaults } from '../site/problem.js';
import { readShape, type Shaped } from '../site/read-shape.js';
import { assert } from '../unreachable.js';
import { SCENARIO_CHECKS } from './checks.js';
import type { NodeStep } from './node-steps.js';
import type { Expectation, Mishap, Scenario, Selection, When } from './scenario.js';
import { scenarioShape, type ScenarioFile } from './schema.js';

/**
 * The text of a scenario file as a value, not yet held against its site (see `planOf`). The caller reads the file.
 *
 * @param file how the file is called in messages
 * @throws FaultError CFG-002 with the first fault of the file; `scenarioProblems` tells all
 */
export function parseScenario(text: string, file: string): Scenario {
  const read = readScenario(text);
  if ('value' in read) return scenarioOf(read.value, file);
  const [first] = fileFaults(text, file, read.problems);
  assert(first !== undefined, 'a text that is no scenario has a problem');
  throw new FaultError(first);
}

/** Every fault of a scenario file in the order of their places; none: `parseScenario` will not throw. */
export function scenarioProblems(text: string, file: string): readonly FileFault[] {
  return fileFaults(text, file, readScenario(text).problems);
}

export function readScenario(text: string): Shaped<ScenarioFile> {
  return readShape(text, { shape: scenarioShape, checks: SCENARIO_CHECKS });
}

export function scenarioOf(written: ScenarioFile, file: string): Scenario {
  const expected = Object.entries(written.expect.nodes ?? {});
  return {
    file,
    name: written.name,
    description: written.description,
    site: written.site,
    seed: written.seed ?? null,
    selection: selectionOf(written),
    deadlines: deadlinesOf(written.deadlines ?? {}),
    mishaps: (written.mishaps ?? []).map(mishapOf),
    images: new Map(Object.entries(written.images ?? {}).map(([name, image]) => [name, imageOf(name, image)])),
    ...stepsOf(written.steps ?? []),
    limit_ms: written.limit === undefined ? null : milliseconds(written.limit),
    expect: {
      all: written.expect.all ?? null,
      nodes: new Map<ReturnType<typeof nodeId>, Expectation>(
        expected.map(([name, expectation]) => [nodeId(name), expectation]),
      ),
      images: new Map(
        Object.entries(written.expect.images ?? {}).map(([name, image]) => [name, imageExpectationOf(image)]),
      ),
      slots: new Map(Object.entries(written.expect.slots ?? {}).map(([node, slots]) => [nodeId(node), slotsOf(slots)])),
    },
  };
}

function selectionOf({ nodes, fleet }: ScenarioFile): Selection {
  if (fleet !== undefined) return { kind: 'fleet', count: fleet.count, like: nodeId(fleet.like) };
  return nodes === undefined ? { kind: 'all' } : { kind: 'named', nodes: nodes.map(nodeId) };
}

function mishapOf(written: NonNullable<ScenarioFile['mishaps']>[number]): Mishap {
  const facts = {
    node: nodeId(written.node),
    healsAfter_ms: written.heals === undefined ? null : milliseconds(written.heals.after),
  };
  if (written.mishap === 'power.cut') return { mishap: written.mishap, ...facts, when: whenOf(written.when) };
  return { mishap: written.mishap, ...facts, when: written.when === undefined ? null : whenOf(written.when) };
}

function whenOf(written: NonNullable<NonNullable<ScenarioFile['mishaps']>[number]['when']>): When {
  if ('writes' in written) return { kind: 'writes', percent: written.writes };
  if ('reaches' in written) return { kind: 'reaches', stage: written.reaches };
  return { kind: 'at', at_ms: milliseconds(written.at) };
}

/** The same list has the steps of images and of nodes, and a file has only the ones or the others. */
function stepsOf(written: NonNullable<ScenarioFile['steps']>): Pick<Scenario, 'steps' | 'nodeSteps'> {
  return {
    steps: written.flatMap((step) => ('image' in step ? [stepOf(step)] : [])),
    nodeSteps: written.flatMap((step) => ('image' in step ? [] : [nodeStepOf(step)])),
  };
}

function nodeStepOf(written: Exclude<NonNullable<ScenarioFile['steps']>[number], { image: string }>): NodeStep {
  const facts = {
    nodes: written.nodes?.map(nodeId) ?? null,
    at_ms: written.when === undefined ? null : milliseconds(written.when.at),
  };
  switch (written.do) {
    case 'boot':
      return { ...facts, do: written.do, order: { device: written.device, lasts: written.lasts } };
    case 'maintain':
      return { ...facts, do: written.do, reason: written.reason };
    case 'power-cycle':
      return { ...facts, do: written.do, times: written.times };
    case 'power-off':
    case 'verify':
      return { ...facts, do: written.do };
  }
}
