import { nodeId, type NodeId } from '../ids.js';
import { addressNumber, addressText, isHost, spanOf } from '../site/network.js';
import { ipv4Address, macAddress, type Ipv4Address, type Site, type SiteNode } from '../site/site.js';
import { assert } from '../unreachable.js';

/** `n0001`, `n0002`, ...: as many digits as the last one needs, four at least, so that they sort by number. */
export function fleetNames(count: number): readonly NodeId[] {
  const digits = Math.max(4, String(count).length);
  return Array.from({ length: count }, (_, index) => nodeId(`n${String(index + 1).padStart(digits, '0')}`));
}

/** The first `count` addresses of the subnet that neither server nor node of the site has; fewer where it is full. */
export function freeAddresses(site: Site, count: number): readonly Ipv4Address[] {
  const span = spanOf(numberOf(site.network.subnet), site.network.prefix);
  const taken = new Set([site.network.server, ...site.nodes.map((node) => node.address)].map(numberOf));
  const free: Ipv4Address[] = [];
  for (let address = span.first + 1; isHost(span, address) && free.length < count; address += 1) {
    if (!taken.has(address)) free.push(ipv4Address(addressText(address)));
  }
  return free;
}

/** Nodes made like one of the site, each with a name, a MAC address and an address of its own. */
export function fleetNodes(site: Site, like: SiteNode, count: number): readonly SiteNode[] {
  const taken = new Set<string>([site.network.serverMac, ...site.nodes.map((node) => node.mac)]);
  const addresses = freeAddresses(site, count);
  const macs = freeMacs(taken);
  return fleetNames(count)
    .slice(0, addresses.length)
    .flatMap((id, index) => {
      const address = addresses[index];
      const mac = macs.next();
      return address === undefined || mac.done === true ? [] : [{ ...like, id, address, mac: mac.value }];
    });
}

/** Locally administered addresses (IEEE 802-2014, 8.4) that no card has: 02:66 and a 32-bit number from 1 on. */
function* freeMacs(taken: ReadonlySet<string>): Generator<ReturnType<typeof macAddress>> {
  for (let number = 1; number <= 0xffffffff; number += 1) {
    const pairs = number.toString(16).padStart(8, '0').match(/../g) ?? [];
    const mac = macAddress(['02', '66', ...pairs].join(':'));
    if (!taken.has(mac)) yield mac;
  }
}

function numberOf(address: Ipv4Address): number {
  const number = addressNumber(address);
  assert(number !== null, 'an Ipv4Address is four numbers');
  return number;
}
