import type { NodeId } from '../ids.js';
import { refText } from '../image/ref.js';
import { meant } from '../site/checks.js';
import type { Path, YamlDocument } from '../site/document.js';
import type { Problem } from '../site/problem.js';
import type { Site, SiteNode } from '../site/site.js';
import { refOf, type Step } from './lifecycle.js';
import { MEDIUM_OF_KIND } from './parse-lifecycle.js';
import type { Scenario } from './scenario.js';

/** What images, steps and what is expected of them say of each other and of the nodes that take part. */
export function lifecycleProblems(
  scenario: Scenario,
  nodes: readonly SiteNode[],
  facts: { readonly site: Site; readonly document: YamlDocument },
): readonly Problem[] {
  const { images, steps, expect } = scenario;
  const checker = new Checker(scenario, nodes, facts.document);
  const most = facts.site.disk.slots;
  return [
    ...[...images.keys()].flatMap((name) => [...checker.naming(name, facts.site), ...checker.medium(name)]),
    ...steps.flatMap((step, index) => checker.step(step, ['steps', index], most)),
    ...[...expect.images.keys()].flatMap((name) => checker.image(name, ['expect', 'images', name], true)),
    ...[...images.keys()].filter((name) => !expect.images.has(name)).flatMap((name) => checker.silence(name)),
    ...[...expect.images].flatMap(([name, { leftOut, wiped }]) => [
      ...checker.nodes(leftOut, ['expect', 'images', name, 'left_out']),
      ...checker.nodes(wiped, ['expect', 'images', name, 'wiped']),
    ]),
    ...[...expect.slots.keys()].flatMap((id) => checker.slotted(id, ['expect', 'slots', id])),
  ];
}

class Checker {
  readonly #scenario: Scenario;
  readonly #nodes: readonly SiteNode[];
  readonly #document: YamlDocument;

  constructor(scenario: Scenario, nodes: readonly SiteNode[], document: YamlDocument) {
    this.#scenario = scenario;
    this.#nodes = nodes;
    this.#document = document;
  }

  image(name: string, path: Path, isKey = false): readonly Problem[] {
    const known = [...this.#scenario.images.keys()];
    if (known.includes(name)) return [];
    const offset = isKey ? this.#document.offsetOfKey(path) : this.#document.offsetOf(path);
    return [{ offset, what: `no image ${JSON.stringify(name)} is handed in`, mend: meant(name, known) }];
  }

  /** A slot or LUN is known by the name of its image: no two images may have the same, nor one image two. */
  naming(name: string, { images, file }: Site): readonly Problem[] {
    const image = this.#scenario.images.get(name);
    if (image === undefined) return [];
    const offset = this.#document.offsetOfKey(['images', name]);
    const { project } = image;
    const [before, own] = name.split('/');
    if (own !== undefined && before !== project) {
      const what = `${name} is named after project ${before}, and is of ${project}`;
      return [{ offset, what, mend: `Write ${project}/${own}, or project: ${before}.` }];
    }
    const ref = refText(refOf(image));
    if (images.some((one) => one.name === name))
      return [
        { offset, what: `${file} has an image ${name} of its own`, mend: `Give it another name, such as ${ref}.` },
      ];
    const others = [...this.#scenario.images.values()].filter((other) => other.name !== name);
    const twin = name === ref ? others.find((other) => refText(refOf(other)) === ref) : undefined;
    return twin === undefined ? [] : [{ offset, what: `it is ${twin.name} already`, mend: 'Delete one of the two.' }];
  }

  /** An image for a kind of nodes that takes no part would wait for ever. */
  medium(name: string): readonly Problem[] {
    const missing = (this.#scenario.images.get(name)?.media ?? []).filter(
      (medium) => !this.#nodes.some(({ kind }) => MEDIUM_OF_KIND[kind] === medium),
    );
    return missing.map((medium) => {
      const kind = medium === 'lun' ? 'root' : 'mesh';
      const offset = this.#document.offsetOf(['images', name, 'for']);
      return { offset, what: `no ${kind} node takes part`, mend: `Take ${kind} off, or let a ${kind} node take part.` };
    });
  }

  step(step: Step, path: Path, slots: number): readonly Problem[] {
    const { image, when } = step;
    const waited = when?.kind === 'image' ? this.image(when.image, [...path, 'when', 'image']) : [];
    if (step.do !== 'deploy') return [...this.image(image, [...path, 'image']), ...waited];
    const isTooHigh = step.slot !== null && step.slot > slots;
    const offset = this.#document.offsetOf([...path, 'slot']);
    const what = `the disk has ${slots} slots, and no slot ${step.slot ?? 0}`;
    return [
      ...this.image(image, [...path, 'image']),
      ...waited,
      ...this.nodes(step.nodes ?? [], [...path, 'nodes']),
      ...this.fitting(step, [...path, 'nodes']),
      ...(isTooHigh ? [{ offset, what, mend: `Give at most ${slots}, or leave it out.` }] : []),
    ];
  }

  nodes(ids: readonly NodeId[], path: Path): readonly Problem[] {
    const known = this.#nodes.map(({ id }) => id);
    return ids.flatMap((id, index) => {
      if (known.includes(id)) return [];
      const offset = this.#document.offsetOf([...path, index]);
      return [{ offset, what: `there is no node ${JSON.stringify(id)} in this run`, mend: meant(id, known) }];
    });
  }

  /** A node of a kind that the image is not for would be passed over in silence. */
  fitting({ image, nodes }: Extract<Step, { do: 'deploy' }>, path: Path): readonly Problem[] {
    const media = this.#scenario.images.get(image)?.media;
    return (nodes ?? []).flatMap((id, index) => {
      const kind = this.#nodes.find((node) => node.id === id)?.kind;
      if (media === undefined || kind === undefined || media.includes(MEDIUM_OF_KIND[kind])) return [];
      const what = `${id} is a ${kind} node, and ${image} is for none of these`;
      return [{ offset: this.#document.offsetOf([...path, index]), what, mend: `Leave ${id} out of the step.` }];
    });
  }

  slotted(id: NodeId, path: Path): readonly Problem[] {
    const known = this.#nodes.filter(({ kind }) => kind === 'mesh').map((node) => node.id);
    if (known.includes(id)) return [];
    const offset = this.#document.offsetOfKey(path);
    return [{ offset, what: `there is no mesh node ${JSON.stringify(id)} in this run`, mend: meant(id, known) }];
  }

  silence(name: string): readonly Problem[] {
    const mend = `Say under expect.images in which state ${name} ends.`;
    return [{ offset: this.#document.offsetOfKey(['expect']), what: `nothing is expected of image ${name}`, mend }];
  }
}
