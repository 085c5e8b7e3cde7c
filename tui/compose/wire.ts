import { scriptPath } from '../../core/boot-script.js';
import type { Clock } from '../../core/clock.js';
import type { Fault } from '../../core/faults/fault.js';
import type { Observe, Stage } from '../../core/evidence.js';
import type { NodeId } from '../../core/ids.js';
import type { Random } from '../../core/random.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import { parseIpv4, parseMac, type Ipv4, type Mac } from '../../drivers/wire/address.js';
import { openCallingPort, type CallingPort } from '../../drivers/wire/calling-port.js';
import { openCaptureFile } from '../../drivers/wire/capture/capture-file.js';
import { makeWireFaults, type WireFaults } from '../../drivers/wire/faults/wire-faults.js';
import { openWireHost } from '../../drivers/wire/host.js';
import { makeBootObserver } from '../../drivers/wire/observer/boot-observer.js';
import { openDhcp, DHCP_SERVER_PORT } from '../../drivers/wire/services/dhcp/server.js';
import { serveHttp } from '../../drivers/wire/services/http/http.js';
import type { HttpContent, HttpFiles, HttpRefusal, HttpService } from '../../drivers/wire/services/http/service.js';
import { serveIscsi } from '../../drivers/wire/services/iscsi/serve-iscsi.js';
import type { TargetSet } from '../../drivers/wire/services/iscsi/target.js';
import { multicastOnWire } from '../../drivers/wire/services/multicast/on-wire.js';
import { openNetbootMemory } from '../../drivers/wire/services/netboot-memory.js';
import { openTcp } from '../../drivers/wire/services/tcp/tcp.js';
import type { TftpFile } from '../../drivers/wire/services/tftp/file.js';
import { bindTftp, openTftp, type TftpServer } from '../../drivers/wire/services/tftp/server.js';
import { openStreamPort, type StreamPort } from '../../drivers/wire/stream-port.js';
import { makeSwitch, type Switch } from '../../drivers/wire/switch.js';
import type { Attach } from '../../drivers/wire/wire-port.js';
import type { OpenPort } from './shared-writes.js';

/** The number of the boot LUN: tgtd keeps 0 for its controller, and so do root paths in the field. */
export const BOOT_LUN = 1;
const ISCSI_PORT = 3260;
const HTTP_PORT = 80;
const TCP_PROTOCOL = 6;
const NOT_FOUND: HttpRefusal = { status: 404 };

export interface MeshService {
  /** URL of what a node's iPXE is to load; null for a root node. */
  scriptOf(node: NodeId): string | null;
  /** Answers what is not in the TFTP root. */
  readonly service: HttpService;
  readonly slots: {
    /** Told how to send to several nodes at once. */
    meetOn(openPort: OpenPort): void;
  };
}

export interface WireParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly site: Site;
  readonly nodes: readonly SiteNode[];
  readonly observe: Observe;
  readonly targets: TargetSet;
  /** A file by its name in the TFTP root. */
  readonly files: (name: string) => TftpFile | null;
  /** Name of the boot file that a node is told of. */
  readonly bootFile: (node: NodeId) => string;
  readonly isWithoutScript: (node: NodeId) => boolean;
  readonly isMuted: (node: NodeId) => boolean;
  readonly targetName: (node: NodeId) => string;
  /** What mesh nodes boot from; null where none takes part. */
  readonly mesh: MeshService | null;
  readonly capturePath: string;
  /** Where each node's NIC finds its port. */
  readonly socketPath: (node: NodeId) => string;
  /** A NIC is plugged in: its node has just been switched on. */
  readonly plugged: (node: NodeId) => void;
  readonly noted: (fault: Fault) => void;
  /** Nodes outlive us: it is they who listen, and we who call (`plug`). */
  readonly calls: boolean;
}

export interface OpenWire extends AsyncDisposable {
  readonly faults: WireFaults;
  /**
   * Calls the node's NIC, where nodes outlive us.
   * @param told null when it is being switched on; else the stages of its boot that the wire need not tell any more
   * @throws FaultError WIRE-002
   */
  plug(node: NodeId, told: ReadonlySet<Stage> | null): Promise<void>;
}

/** The emulated rack's Ethernet with all services on it; listening before it is returned. */
export async function openWire(parts: WireParts): Promise<OpenWire> {
  const { clock, random, site, nodes, observe, noted } = parts;
  const server = ipv4(site.network.server);
  const wire = makeSwitch(clock);
  const macs = new Map(nodes.map(({ id, mac }) => [macOf(mac), id] as const));
  const faults = makeWireFaults({ wire, clock, random });
  const observer = makeBootObserver({ nodes: macs, observe });
  const memory = openNetbootMemory();
  const capture = await openCaptureFile({ path: parts.capturePath, clock, noted });
  wire.onFrame(capture.take);
  wire.onFrame(observer.take);
  const host = openWireHost({
    mac: macOf(site.network.serverMac),
    address: server,
    prefix_bits: site.network.prefix,
    attach: (deliver) => wire.attach('services', deliver),
    clock,
  });
  const tftp = serveNames(parts, { host, memory, macs, server });
  parts.mesh?.slots.meetOn((point, receive) => multicastOnWire(host, point, receive));
  const tcp = openTcp({ link: host, clock, random });
  host.bindProtocol(TCP_PROTOCOL, (from, segment) => tcp.receive(from, segment));
  tcp.listen(ISCSI_PORT, (stream) => serveIscsi(stream, parts.targets));
  const served = servedBy(parts);
  tcp.listen(HTTP_PORT, (stream) => serveHttp(stream, served));
  const plugged = (id: NodeId): void => {
    for (const [mac, node] of macs) if (node === id) memory.reset(mac);
    observer.reset(id);
    parts.plugged(id);
  };
  const calling = parts.calls ? openCallingPorts(parts, wire) : new Map<NodeId, CallingPort>();
  const ports = parts.calls ? [...calling.values()] : await openPorts(parts, wire, plugged);
  return {
    faults,
    async plug(id, told) {
      if (told === null) plugged(id);
      else observer.resume(id, told);
      await calling.get(id)?.plug();
    },
    async [Symbol.asyncDispose]() {
      faults.clear();
      await Promise.all(ports.map((port) => port.close()));
      tftp.close();
      tcp.close();
      host.close();
      await capture.close();
    },
  };
}

/** The TFTP root again, for an iPXE that would rather read it by HTTP, and what mesh nodes boot from. */
function servedBy({ files, mesh, nodes, isWithoutScript }: WireParts): HttpFiles | HttpService {
  const inRoot = (path: string): HttpContent | null => files(path.replace(/^\//, ''));
  if (mesh === null) return inRoot;
  const { service } = mesh;
  const missing = (path: string): boolean => nodes.some(({ id }) => isWithoutScript(id) && path === scriptPath(id));
  return {
    get: (path, caller) => (missing(path) ? NOT_FOUND : (inRoot(path) ?? service.get(path, caller))),
    post: (path, body, caller) => service.post(path, body, caller),
  };
}

/** A NIC is plugged in when its QEMU starts: whatever was known of the node's last boot is over. */
function openPorts(
  { nodes, socketPath, noted }: WireParts,
  wire: Switch,
  plugged: (node: NodeId) => void,
): Promise<readonly StreamPort[]> {
  return Promise.all(
    nodes.map(({ id }) =>
      openStreamPort({
        path: socketPath(id),
        attach: (deliver) => wire.attach(id, deliver),
        events: { connected: () => plugged(id), disconnected: () => {}, noted },
      }),
    ),
  );
}

/** Nobody is told of a connection: it comes when `plug` asks for it. */
function openCallingPorts({ nodes, socketPath, noted }: WireParts, wire: Switch): ReadonlyMap<NodeId, CallingPort> {
  const events = { connected: () => {}, disconnected: () => {}, noted };
  return new Map(
    nodes.map(({ id }) => {
      const attach: Attach = (deliver) => wire.attach(id, deliver);
      return [id, openCallingPort({ path: socketPath(id), attach, events })] as const;
    }),
  );
}

interface Named {
  readonly host: ReturnType<typeof openWireHost>;
  readonly memory: ReturnType<typeof openNetbootMemory>;
  readonly macs: ReadonlyMap<Mac, NodeId>;
  readonly server: Ipv4;
}

/** DHCP and TFTP: what tells a node where everything is. */
function serveNames(parts: WireParts, { host, memory, macs, server }: Named): TftpServer {
  const { clock, site, nodes } = parts;
  const known = new Map(nodes.map(({ id, address }) => [id, ipv4(address)] as const));
  const dhcp = openDhcp({
    clock,
    server,
    subnet: { mask: maskOf(site.network.prefix), router: null, nameServers: [], domain: null, lease_s: 3_600 },
    memory,
    mute: (mac) => {
      const id = macs.get(mac);
      return id !== undefined && parts.isMuted(id);
    },
    nodes: (mac) => {
      const id = macs.get(mac);
      const address = id === undefined ? undefined : known.get(id);
      if (id === undefined || address === undefined) return null;
      const target = parts.targetName(id);
      return {
        address,
        hostName: id,
        bootFile: parts.bootFile(id),
        rootPath: `iscsi:${site.network.server}:::${BOOT_LUN}:${target}`,
        initiatorName: target,
        script: parts.mesh?.scriptOf(id) ?? null,
      };
    },
  });
  host.bindUdp(DHCP_SERVER_PORT, dhcp.service);
  const tftp = openTftp({ clock, files: parts.files, onLoaded: (mac) => memory.markBootFileLoaded(mac) });
  bindTftp(tftp, (port, service) => host.bindUdp(port, service));
  return tftp;
}

function maskOf(prefix: number): Ipv4 {
  const mask = parseIpv4([24, 16, 8, 0].map((shift) => ((0xffffffff << (32 - prefix)) >>> shift) & 255).join('.'));
  assert(mask !== null, 'a mask is an address');
  return mask;
}

/** The site's parser has checked both. */
export function ipv4(text: string): Ipv4 {
  const address = parseIpv4(text);
  assert(address !== null, `${text} is an address`);
  return address;
}

export function macOf(text: string): Mac {
  const mac = parseMac(text);
  assert(mac !== null, `${text} is a MAC address`);
  return mac;
}
