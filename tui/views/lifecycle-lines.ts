import { says } from '../../core/faults/fault.js';
import type { ImageReport } from '../../core/report/image-report.js';
import type { DiskNews, ImageNews } from '../../core/run/news.js';
import { fit, nameColumns, seconds, type LineShape } from './run-lines.js';

type Images = Readonly<Record<string, ImageReport>>;

/** One line of a run as it happens: an image has come into a state. */
export function imageLine({ image, state, at_ms, fault }: ImageNews, { columns, name }: LineShape): string {
  const why = fault === null ? '' : `${fault.code} ${says(fault)}`;
  return fit(`${seconds(at_ms)}  ${image.padEnd(name)} ${state.padEnd(15)} ${why}`.trimEnd(), columns);
}

/** Another one: a slot or LUN of a node is worked on. */
export function diskLine({ node, does, image, slot, at_ms }: DiskNews, { columns, name }: LineShape): string {
  const place = slot === null ? 'its LUN' : `slot ${slot}`;
  return fit(`${seconds(at_ms)}  ${node.padEnd(name)} ${does.padEnd(15)} ${place}: ${image}`, columns);
}

/** For the closing lines: where each image is, and on how many nodes. */
export function imageLines(images: Images, name = nameColumns(Object.keys(images))): readonly string[] {
  return Object.entries(images).map(([image, { state, states, nodes, wipes, sendings }]) => {
    const at = states.at(-1)?.at_ms;
    const since = at === undefined ? '' : `  at ${seconds(at).trim()}`;
    const count = Object.values(nodes).filter(({ is }) => is === 'running' || is === 'ready').length;
    const on = count === 0 ? '' : `  on ${counted(count, 'node')}`;
    const wiped = wipes.length === 0 ? '' : `  ${counted(wipes.length, 'wipe')} proven`;
    return `  ${image.padEnd(name)} ${state}${since}${on}${sent(sendings)}${wiped}`;
  });
}

/** Eight copies to eight nodes would be a store that sends each its own. */
function sent(sendings: ImageReport['sendings']): string {
  const copies = sendings.reduce((sum, { sent_bytes, size_bytes }) => sum + sent_bytes / Math.max(1, size_bytes), 0);
  const nodes = new Set(sendings.flatMap((sending) => sending.nodes)).size;
  return nodes === 0 ? '' : `  ${copies.toFixed(2)} copies sent to ${counted(nodes, 'node')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** For `report.md`: each image's states with their times, and what was read back after each wipe. */
export function imageSections(images: Images): readonly string[] {
  return Object.entries(images).flatMap(([name, { project, state, states, wipes, fault }]) => [
    '',
    `## Image ${name} of ${project}: ${state}`,
    '',
    '| state | at | took |',
    '|---|---|---|',
    ...states.map(({ state: passed, at_ms, took_ms }) => {
      return `| ${passed} | ${seconds(at_ms).trim()} | ${took_ms === null ? '' : seconds(took_ms).trim()} |`;
    }),
    ...(fault === null ? [] : ['', `Cause: **${fault.code}** ${says(fault)}.`]),
    ...wipeRows(wipes),
  ]);
}

function wipeRows(wipes: ImageReport['wipes']): readonly string[] {
  if (wipes.length === 0) return [];
  return [
    '',
    '| wiped off | at | bytes | read back | all zero |',
    '|---|---|---|---|---|',
    ...wipes.map(({ node, slot, at_ms, size_bytes, read_bytes, isZero }) => {
      const place = slot === null ? `${node}, its LUN` : `${node}, slot ${slot}`;
      return `| ${place} | ${seconds(at_ms).trim()} | ${size_bytes} | ${read_bytes} | ${isZero ? 'yes' : 'no'} |`;
    }),
  ];
}
