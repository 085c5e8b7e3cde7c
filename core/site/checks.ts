import type { Path, YamlDocument } from './document.js';
import { isMapping } from './known.js';
import { nearest } from './nearest.js';
import { addressNumber, addressText, isHost, parseSubnet, spanOf, type Span } from './network.js';
import type { Problem } from './problem.js';
import type { Check } from './read-shape.js';
import { valueAt } from './shape-problems.js';
import { DEFAULT_SERVER_MAC } from './site.js';

/** What one value of a site file alone cannot show. Each looks at plain data: a fault elsewhere hides nothing. */
export const SITE_CHECKS: readonly Check[] = [subnetCheck, addressCheck, macCheck, imageCheck, emptyCheck];

interface Text {
  readonly path: Path;
  readonly text: string;
}

function subnetCheck(document: YamlDocument): readonly Problem[] {
  const path = ['network', 'subnet'];
  const subnet = parseSubnet(textAt(document, path) ?? '');
  if (subnet === null) return [];
  const { first } = spanOf(subnet.address, subnet.prefix);
  if (first === subnet.address) return [];
  const what = `${addressText(subnet.address)}/${subnet.prefix} is an address inside of a subnet`;
  return [{ offset: document.offsetOf(path), what, mend: `Write ${addressText(first)}/${subnet.prefix}.` }];
}

function addressCheck(document: YamlDocument): readonly Problem[] {
  const written = textAt(document, ['network', 'subnet']) ?? '';
  const subnet = parseSubnet(written);
  const span = subnet === null ? null : spanOf(subnet.address, subnet.prefix);
  const addresses = [
    ...textsAt(document, [['network', 'server']]),
    ...textsAt(document, nodePaths(document, 'address')),
  ];
  return [
    ...addresses.flatMap(({ path, text }) => {
      const address = addressNumber(text);
      if (span === null || address === null || isHost(span, address)) return [];
      const what = `${text} is not an address for a host of ${written}`;
      return [{ offset: document.offsetOf(path), what, mend: `Write one ${rangeOf(span)}.` }];
    }),
    ...twiceProblems(document, addresses),
  ];
}

function macCheck(document: YamlDocument): readonly Problem[] {
  const server = textsAt(document, [['network', 'server_mac']]);
  const macs = [...server, ...textsAt(document, nodePaths(document, 'mac'))].map(({ path, text }) => ({
    path,
    text: text.toLowerCase(),
  }));
  const taken = macs.filter(
    ({ path, text }) => server.length === 0 && text === DEFAULT_SERVER_MAC && path[0] === 'nodes',
  );
  return [
    ...macs.flatMap(({ path, text }) => {
      // IEEE 802-2014, 8.2: the lowest bit of the first octet marks a group address.
      const isGroup = /^[0-9a-f][13579bdf]:/.test(text);
      if (!isGroup && text !== '00:00:00:00:00:00') return [];
      const mend = 'Write the address of one card; the second digit is even.';
      return [{ offset: document.offsetOf(path), what: `${text} is not the address of one card`, mend }];
    }),
    ...taken.map(({ path, text }) => ({
      offset: document.offsetOf(path),
      what: `${text} is the server's own MAC address`,
      mend: 'Write another, or give network.server_mac.',
    })),
    ...twiceProblems(document, macs),
  ];
}

function imageCheck(document: YamlDocument): readonly Problem[] {
  const images = keysAt(document, ['images']);
  return textsAt(document, nodePaths(document, 'image'))
    .filter(({ text }) => !images.includes(text))
    .map(({ path, text }) => {
      const what = `there is no image ${JSON.stringify(text.slice(0, 60))} in this file`;
      return { offset: document.offsetOf(path), what, mend: meant(text, images) };
    });
}

function emptyCheck(document: YamlDocument): readonly Problem[] {
  return ['images', 'nodes']
    .filter((key) => isMapping(valueAt(document.value, [key])) && keysAt(document, [key]).length === 0)
    .map((key) => ({
      offset: document.offsetOfKey([key]),
      what: `${key} is empty`,
      mend: `Give at least one of ${key}.`,
    }));
}

function twiceProblems(document: YamlDocument, found: readonly Text[]): readonly Problem[] {
  const first = new Map<string, Path>();
  return found.flatMap(({ path, text }) => {
    const earlier = first.get(text);
    if (earlier === undefined) {
      first.set(text, path);
      return [];
    }
    const what = `${JSON.stringify(text.slice(0, 60))} is given to ${earlier[1]} already`;
    return [{ offset: document.offsetOf(path), what, mend: 'Write another; no two may have the same.' }];
  });
}

function nodePaths(document: YamlDocument, key: string): readonly Path[] {
  return keysAt(document, ['nodes']).map((node) => ['nodes', node, key]);
}

function textsAt(document: YamlDocument, paths: readonly Path[]): readonly Text[] {
  return paths.flatMap((path) => {
    const text = textAt(document, path);
    return text === null ? [] : [{ path, text }];
  });
}

export function textAt(document: YamlDocument, path: Path): string | null {
  const value = valueAt(document.value, path);
  return typeof value === 'string' ? value : null;
}

export function keysAt(document: YamlDocument, path: Path): readonly string[] {
  const value = valueAt(document.value, path);
  return isMapping(value) ? Object.keys(value) : [];
}

/** A remedy for a name that nothing has: what it was likely meant to be, else what there is. */
export function meant(text: string, known: readonly string[]): string {
  const near = nearest(text, known);
  if (near !== null) return `Did you mean ${near}?`;
  const some = known.slice(0, 10).join(', ');
  return known.length === 0 ? 'Add it first.' : `There is: ${some}${known.length > 10 ? ', ...' : ''}.`;
}

function rangeOf(span: Span): string {
  return `from ${addressText(span.first + 1)} to ${addressText(span.last - 1)}`;
}
