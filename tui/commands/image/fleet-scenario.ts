import type { ImageManifest } from '../../../core/image/manifest.js';
import { refText } from '../../../core/image/ref.js';
import type { Policy } from '../../../core/machines/image-context.js';
import type { SiteNode } from '../../../core/site/site.js';

export interface FleetOrder {
  readonly manifest: ImageManifest;
  /** Beside which the scenario is laid. */
  readonly siteFile: string;
  readonly nodes: readonly SiteNode[];
  readonly slot: number | null;
  readonly failing: Policy;
  /** Until its timeslot begins; 0: at once. */
  readonly startsIn_ms: number;
}

/** A scenario that brings an image from the shelf to its nodes and runs it there; `run` can play it again. */
export function deployScenario({ manifest, siteFile, nodes, slot, failing, startsIn_ms }: FleetOrder): string {
  const { name } = manifest;
  const place = slot === null ? '' : `, slot: ${slot}`;
  const start = startsIn_ms === 0 ? '' : `, starts: ${Math.ceil(startsIn_ms / 1_000)}s`;
  return lines([
    ...head(`deploy ${refText(manifest)}`, `${refText(manifest)} from the shelf to running.`, { siteFile, nodes }),
    ...imageLines(manifest, nodes),
    'steps:',
    `  - { do: hand-in, image: ${name} }`,
    `  - { do: deploy, image: ${name}, failing: ${failing}${place}${start} }`,
    'expect:',
    `  all: { outcome: up, image: ${name} }`,
    '  images:',
    `    ${name}: { state: running }`,
  ]);
}

/** A scenario that takes an image off its nodes, whoever brought it there, and has that proven. */
export function takeOffScenario({ manifest, siteFile, nodes, slot, failing }: FleetOrder): string {
  const { name } = manifest;
  const place = slot === null ? '' : `, slot: ${slot}`;
  const ids = nodes.map(({ id }) => id).join(', ');
  return lines([
    ...head(`take off ${refText(manifest)}`, `${refText(manifest)} wiped off its nodes.`, { siteFile, nodes }),
    ...imageLines(manifest, nodes),
    'steps:',
    `  - { do: hand-in, image: ${name} }`,
    '  # What a node holds already is left as it is; so all of them are known, and come into their ramdisks.',
    `  - { do: deploy, image: ${name}, run: false, failing: ${failing}${place} }`,
    `  - { do: take-off, image: ${name} }`,
    'expect:',
    '  all: { outcome: off }',
    '  images:',
    `    ${name}: { state: stored, wiped: [${ids}] }`,
  ]);
}

function head(name: string, description: string, { siteFile, nodes }: Pick<FleetOrder, 'siteFile' | 'nodes'>) {
  return [
    'version: 1',
    `name: ${name}`,
    `description: ${description}`,
    `site: ${JSON.stringify(siteFile)}`,
    `nodes: [${nodes.map(({ id }) => id).join(', ')}]`,
  ];
}

function imageLines({ project, name, partitions }: ImageManifest, nodes: readonly SiteNode[]): readonly string[] {
  const kinds = [...new Set(nodes.map(({ kind }) => kind))];
  const stored_bytes = partitions.reduce((sum, { stored }) => sum + stored.size_bytes, 0);
  const size_mb = Math.max(1, Math.ceil(stored_bytes / 1_000_000));
  return ['images:', `  ${name}: { project: ${project}, for: [${kinds.join(', ')}], size_mb: ${size_mb} }`];
}

const lines = (text: readonly string[]): string => `${text.join('\n')}\n`;
