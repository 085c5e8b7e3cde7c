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

/** A scenario that brings an image from the shelf to its nodes and runs it there. */
export function deployScenario(order: FleetOrder): string {
  const image = refText(order.manifest);
  const starts = order.startsIn_ms === 0 ? {} : { starts: `${Math.ceil(order.startsIn_ms / 1_000)}s` };
  return scenario(order, {
    does: ['deploy', `${image} from the shelf to running.`],
    steps: [{ ...deployStep(order), ...starts }],
    all: { outcome: 'up', image },
    ends: { state: 'running' },
  });
}

/**
 * A scenario that takes an image off its nodes, whoever brought it there, and has that proven. It deploys it first: so
 * all nodes are known and come into their ramdisks.
 */
export function takeOffScenario(order: FleetOrder): string {
  const image = refText(order.manifest);
  return scenario(order, {
    does: ['take off', `${image} wiped off its nodes.`],
    steps: [
      { ...deployStep(order), run: false },
      { do: 'take-off', image },
    ],
    all: { outcome: 'off' },
    ends: { state: 'stored', wiped: order.nodes.map(({ id }) => id) },
  });
}

interface Tale {
  /** In two words, and in a sentence. */
  readonly does: readonly [string, string];
  readonly steps: readonly object[];
  readonly all: object;
  readonly ends: object;
}

function deployStep({ manifest, slot, failing }: FleetOrder) {
  return { do: 'deploy', image: refText(manifest), failing, ...(slot === null ? {} : { slot }) };
}

/** As JSON, which is YAML too: a name such as 2026 stays a name. */
function scenario({ manifest, siteFile, nodes }: FleetOrder, { does: [what, description], ...tale }: Tale): string {
  const image = refText(manifest);
  const stored_bytes = manifest.partitions.reduce((sum, { stored }) => sum + stored.size_bytes, 0);
  const size_mb = Math.max(1, Math.ceil(stored_bytes / 1_000_000));
  const kinds = [...new Set(nodes.map(({ kind }) => kind))];
  const written = {
    version: 1,
    name: `${what} ${image}`,
    description,
    site: siteFile,
    nodes: nodes.map(({ id }) => id),
    images: { [image]: { project: manifest.project, for: kinds, size_mb } },
    steps: [{ do: 'hand-in', image }, ...tale.steps],
    expect: { all: tale.all, images: { [image]: tale.ends } },
  };
  return `${JSON.stringify(written, null, 1)}\n`;
}
