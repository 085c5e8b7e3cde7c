import { keysAt, meant, textAt } from './checks.js';
import type { Path, YamlDocument } from './document.js';
import { isMapping } from './known.js';
import type { Problem } from './problem.js';
import type { Check } from './read-shape.js';
import { valueAt } from './shape-problems.js';

/** What power, BMC, outlets and PDUs need of each other. */
export const HANDS_CHECKS: readonly Check[] = [
  wayCheck,
  consoleCheck,
  addressCheck,
  outletCheck,
  cordCheck,
  pduCheck,
  sharedCheck,
];

/** What goes through a BMC needs that BMC; what goes through a PDU needs an outlet of it. */
function wayCheck(document: YamlDocument): readonly Problem[] {
  return nodesOf(document).flatMap(({ node, path, world }) => {
    const power = textAt(document, [...path, 'power']);
    const offset = document.offsetOf([...path, 'power']);
    const protocol = textAt(document, [...path, 'bmc', 'protocol']);
    if ((power === 'ipmi' || power === 'redfish') && protocol !== power) {
      const has = protocol === null ? 'no bmc' : `a bmc of protocol ${protocol}`;
      const mend = `Give it bmc: { protocol: ${power}, ... }${protocol === null ? '' : `, or write ${protocol}`}.`;
      return [{ offset, what: `the power of ${node} goes through ${power}, and it has ${has}`, mend }];
    }
    if (power === 'pdu' && !keysAt(document, path).includes('outlets')) {
      const what = `the power of ${node} goes through a PDU, and it has no outlets`;
      return [{ offset, what, mend: 'Give it outlets: [{ pdu: NAME, outlet: NUMBER }].' }];
    }
    if (power === 'direct' && world === 'real') {
      const what = `${node} is real, and nothing switches it directly`;
      return [{ offset, what, mend: 'Write ipmi, redfish, pdu, wake-on-lan or manual.' }];
    }
    return [];
  });
}

/** Serial over LAN is IPMI's. */
function consoleCheck(document: YamlDocument): readonly Problem[] {
  return nodesOf(document).flatMap(({ node, path }) => {
    const protocol = textAt(document, [...path, 'bmc', 'protocol']);
    if (textAt(document, [...path, 'console']) !== 'sol' || protocol === 'ipmi') return [];
    const has = protocol === null ? 'no bmc' : `a bmc of protocol ${protocol}`;
    const what = `the console of ${node} comes by serial over LAN, and it has ${has}`;
    const offset = document.offsetOf([...path, 'console']);
    return [{ offset, what, mend: 'Give it bmc: { protocol: ipmi, ... }, or delete this.' }];
  });
}

/** Emulated racks have addresses of their own; real BMCs and PDUs are found by what is written. */
function addressCheck(document: YamlDocument): readonly Problem[] {
  const real = nodesOf(document).filter(({ world }) => world === 'real');
  const bmcs = real.flatMap(({ node, path }) => {
    const bmc = [...path, 'bmc'];
    const key = textAt(document, [...bmc, 'protocol']) === 'redfish' ? 'url' : 'address';
    const example = key === 'url' ? 'https://10.0.0.5' : '10.0.0.5';
    return lacking(document, bmc, { key, what: `the bmc of ${node}, which is real, has no ${key}`, example });
  });
  const used = new Set(real.flatMap(({ path }) => cordsOf(document, path).map(({ pdu }) => pdu)));
  const pdus = keysAt(document, ['pdus']).flatMap((pdu) => {
    const what = `the PDU ${pdu} feeds real nodes, and has no address`;
    return used.has(pdu) ? lacking(document, ['pdus', pdu], { key: 'address', what, example: '10.0.0.9' }) : [];
  });
  return [...bmcs, ...pdus];
}

function lacking(
  document: YamlDocument,
  path: Path,
  { key, what, example }: { readonly key: string; readonly what: string; readonly example: string },
): readonly Problem[] {
  if (!isMapping(valueAt(document.value, path)) || keysAt(document, path).includes(key)) return [];
  return [{ offset: document.offsetOfKey(path), what, mend: `Add ${key}, such as ${example}.` }];
}

function outletCheck(document: YamlDocument): readonly Problem[] {
  const pdus = keysAt(document, ['pdus']);
  return nodesOf(document)
    .flatMap(({ path }) => cordsOf(document, path))
    .filter(({ pdu }) => pdu !== null && !pdus.includes(pdu))
    .map(({ path, pdu }) => {
      const what = `there is no PDU ${JSON.stringify(String(pdu).slice(0, 60))} in this file`;
      const mend = pdus.length === 0 ? 'Describe it under pdus.' : meant(String(pdu), pdus);
      return { offset: document.offsetOf([...path, 'pdu']), what, mend };
    });
}

/** Two cords in one outlet: switching one node would switch the other. */
function cordCheck(document: YamlDocument): readonly Problem[] {
  const first = new Map<string, string>();
  return nodesOf(document).flatMap(({ node, path: owner }) =>
    cordsOf(document, owner).flatMap(({ path, pdu, outlet }) => {
      if (pdu === null || outlet === null) return [];
      const socket = `outlet ${outlet} of ${pdu}`;
      const earlier = first.get(socket);
      if (earlier === undefined) {
        first.set(socket, node);
        return [];
      }
      const what = `${socket} feeds ${earlier} already`;
      return [{ offset: document.offsetOf(path), what, mend: 'Write another; an outlet feeds one node, once.' }];
    }),
  );
}

function pduCheck(document: YamlDocument): readonly Problem[] {
  return keysAt(document, ['pdus']).flatMap((pdu) => {
    const path = ['pdus', pdu];
    const isGeneric = textAt(document, [...path, 'model']) === 'generic';
    const hasControl = keysAt(document, path).includes('control');
    const hasAuth = keysAt(document, path).includes('auth');
    const problems: Problem[] = [];
    if (isGeneric && !hasControl) {
      const what = `${pdu} is of no model that is known, and how its outlets are switched is not said`;
      const mend = "Add control: { state: OID, on: NUMBER, off: NUMBER } from its maker's MIB.";
      problems.push({ offset: document.offsetOfKey(path), what, mend });
    }
    if (!isGeneric && hasControl) {
      const what = 'control is for PDUs of the model generic';
      problems.push({ offset: document.offsetOfKey([...path, 'control']), what, mend: 'Delete it.' });
    }
    if (keysAt(document, path).includes('privacy') && !hasAuth) {
      // RFC 3414, section 1.4.3: there is no privacy without authentication.
      const what = 'SNMP keeps nothing private without auth';
      problems.push({ offset: document.offsetOfKey([...path, 'privacy']), what, mend: 'Add auth beside it.' });
    }
    return problems;
  });
}

/** Two nodes that are written with one BMC: what is done to one would be done to the other. */
function sharedCheck(document: YamlDocument): readonly Problem[] {
  const first = new Map<string, string>();
  return nodesOf(document).flatMap(({ node, path }) => {
    const bmc = [...path, 'bmc'];
    const key = textAt(document, [...bmc, 'address']) === null ? 'url' : 'address';
    const written = textAt(document, [...bmc, key]);
    if (written === null) return [];
    const part = valueAt(document.value, [...bmc, key === 'url' ? 'system' : 'port']);
    const place = `${written.toLowerCase()} ${typeof part === 'number' || typeof part === 'string' ? part : ''}`;
    const earlier = first.get(place);
    if (earlier === undefined) {
      first.set(place, node);
      return [];
    }
    const what = `the bmc of ${earlier} has this ${key} already`;
    return [{ offset: document.offsetOf([...bmc, key]), what, mend: 'Write the one of its own.' }];
  });
}

interface WrittenNode {
  readonly node: string;
  readonly path: Path;
  readonly world: string | null;
}

function nodesOf(document: YamlDocument): readonly WrittenNode[] {
  return keysAt(document, ['nodes']).map((node) => {
    const path = ['nodes', node];
    return { node, path, world: textAt(document, [...path, 'world']) };
  });
}

interface WrittenCord {
  readonly path: Path;
  readonly pdu: string | null;
  readonly outlet: string | null;
}

function cordsOf(document: YamlDocument, node: Path): readonly WrittenCord[] {
  const outlets = valueAt(document.value, [...node, 'outlets']);
  if (!Array.isArray(outlets)) return [];
  return outlets.map((_, index) => {
    const path = [...node, 'outlets', index];
    const outlet = valueAt(document.value, [...path, 'outlet']);
    return { path, pdu: textAt(document, [...path, 'pdu']), outlet: isNumber(outlet) ? String(outlet) : null };
  });
}

function isNumber(outlet: unknown): outlet is string | number {
  return typeof outlet === 'string' || typeof outlet === 'number';
}
