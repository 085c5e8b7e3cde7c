import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SECTOR_BYTES, diskLayout } from '../../../../../core/disk/layout.js';
import { scriptPath } from '../../../../../core/boot-script.js';
import { nodeId } from '../../../../../core/ids.js';
import { seededRandom } from '../../../../../core/random.js';
import type { Image, ImageKind } from '../../../../../core/site/site.js';
import { labelBytes } from '../../../../../drivers/payload/label.js';
import { buildMeshPayload, type MeshPayload } from '../../../../../drivers/payload/mesh-payload.js';
import { buildPayload } from '../../../../../drivers/payload/payload.js';
import { KERNEL_ARGUMENTS } from '../../../../../drivers/payload/recipe.js';
import { runProcess } from '../../../../../drivers/process/run.js';
import { startProcess } from '../../../../../drivers/process/start.js';
import { systemClock } from '../../../../../drivers/system-clock/system-clock.js';
import { openWireHost } from '../../../../../drivers/wire/host.js';
import type { DeployEvent } from '../../../../../drivers/wire/services/deploy/events.js';
import type { DeployPlan, DeployStep } from '../../../../../drivers/wire/services/deploy/plan.js';
import { openDeploy, type BootOrder, type DeployService } from '../../../../../drivers/wire/services/deploy/service.js';
import { openDhcp } from '../../../../../drivers/wire/services/dhcp/server.js';
import { serveHttp } from '../../../../../drivers/wire/services/http/http.js';
import { contentOf, type HttpCaller, type HttpService } from '../../../../../drivers/wire/services/http/service.js';
import { openNetbootMemory } from '../../../../../drivers/wire/services/netboot-memory.js';
import { openTcp } from '../../../../../drivers/wire/services/tcp/tcp.js';
import { fileOf } from '../../../../../drivers/wire/services/tftp/file.js';
import { bindTftp, openTftp } from '../../../../../drivers/wire/services/tftp/server.js';
import { openStreamPort } from '../../../../../drivers/wire/stream-port.js';
import { makeSwitch } from '../../../../../drivers/wire/switch.js';
import { ipv4, mac } from '../lab.js';

const MIB = 1024 * 1024;
/** The image has 24 MiB. */
export const LAYOUT = diskLayout({
  boot_bytes: 24 * MIB,
  swap_bytes: 8 * MIB,
  reserved_bytes: 8 * MIB,
  slot_bytes: 40 * MIB,
  slots: 21,
});
const NODE = nodeId('mesh1');
const SERVER = '10.99.0.1';
const ADDRESS = '10.99.0.101';
const NODE_MAC = '52:54:00:99:00:01';

/** An image's packed stream, as partclone wrote it. */
export interface TestImage {
  readonly name: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

export interface MeshRack {
  readonly payload: MeshPayload;
  readonly disk: string;
  readonly events: DeployEvent[];
  image(name: string, kind?: ImageKind): Promise<TestImage>;
  write(slot: number, image: TestImage): DeployStep;
  /** What the node finds at its next boots. */
  setOrder(order: BootOrder): void;
  deploy(steps: readonly DeployStep[]): void;
  /** The node's next boots lead to a ramdisk that waits for what `ask` gives it. */
  awaitSteps(): void;
  /** Gives the ramdisk one more step. @returns what it said of it last, or that it failed */
  ask(step: DeployStep): Promise<DeployEvent>;
  /** What the node showed last. */
  token(): string | null;
  /** As the node, or another one, would ask our service. */
  call(path: string, caller: Partial<HttpCaller>): number;
  /** Bytes of an image are given out as this says; null: as they are. */
  setTamper(tamper: ((bytes: Buffer) => Buffer) | null): void;
  /** Called with every event; null: nobody is. */
  setListener(listener: ((event: DeployEvent) => void) | null): void;
  /** Boots the node until its console matches, the process ends, or `stop` is aborted; gives back what it said. */
  boot(until: RegExp, stop?: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** What the rack's service is to do, and what it saw last. */
interface Conduct {
  listener: ((event: DeployEvent) => void) | null;
  order: BootOrder;
  tamper: ((bytes: Buffer) => Buffer) | null;
  bearer: string | null;
}

/** A mesh node with an empty disk on a wire with all that it boots from. */
export async function openMeshRack(): Promise<MeshRack> {
  const payload = await buildMeshPayload();
  const folder = mkdtempSync(join(tmpdir(), 'metalrig-mesh-'));
  const disk = emptyDisk(folder);
  const images = new Map<string, TestImage>();
  const events: DeployEvent[] = [];
  const conduct: Conduct = { listener: null, order: { kind: 'local' }, tamper: null, bearer: null };
  const service = serviceOf({ payload, images, events, conduct });
  const socket = join(folder, 'w');
  const wire = await openMeshWire(socket, {
    get(path, caller) {
      conduct.bearer = caller.bearer ?? conduct.bearer;
      return service.get(path, caller);
    },
    post: (path, body, caller) => service.post(path, body, caller),
  });
  const deploy = (steps: readonly DeployStep[], end: DeployPlan['end']): void => {
    conduct.order = { kind: 'deploy', plan: { layout: LAYOUT, steps, end } };
  };
  return {
    payload,
    disk,
    events,
    async image(name, kind = 'root') {
      const image = await imageOf(payload, folder, { name, kind });
      images.set(name, image);
      return image;
    },
    write: writeStep,
    setOrder: (wanted) => void (conduct.order = wanted),
    deploy: (steps) => deploy(steps, 'poweroff'),
    setTamper: (wanted) => void (conduct.tamper = wanted),
    setListener: (wanted) => void (conduct.listener = wanted),
    awaitSteps: () => deploy([], 'wait'),
    ask: (step) => endOf(service.add(NODE, step), conduct),
    token: () => conduct.bearer,
    call(path, caller) {
      const found = service.get(path, { address: ADDRESS, bearer: null, ...caller });
      return 'status' in found ? found.status : 200;
    },
    boot: (until, stop) => consoleUntil(argvOf(socket, disk), until, stop),
    async close() {
      await wire.close();
      rmSync(folder, { recursive: true });
    },
  };
}

interface ServiceParts {
  readonly payload: MeshPayload;
  readonly images: ReadonlyMap<string, TestImage>;
  readonly events: DeployEvent[];
  readonly conduct: Conduct;
}

function serviceOf({ payload, images, events, conduct }: ServiceParts): DeployService {
  return openDeploy({
    clock: systemClock(),
    random: seededRandom(7),
    url: `http://${SERVER}`,
    nodes: new Map([[NODE, { address: ADDRESS, prefix_bits: 24 }]]),
    order: () => conduct.order,
    kernel: contentOf(readFileSync(payload.kernel)),
    ramdisk: contentOf(readFileSync(payload.ramdisk)),
    kernelArguments: KERNEL_ARGUMENTS,
    open({ image }) {
      const bytes = images.get(image)?.bytes ?? Buffer.alloc(0);
      return { size_bytes: bytes.length, chunks: pieces(conduct.tamper === null ? bytes : conduct.tamper(bytes)) };
    },
    invite: () => null,
    onEvent(event) {
      events.push(event);
      conduct.listener?.(event);
    },
  });
}

/** What the ramdisk says last of a step; broken where no ramdisk takes one. */
function endOf(step: number | null, conduct: Conduct): Promise<DeployEvent> {
  if (step === null) return Promise.reject(new Error('the ramdisk takes no steps'));
  return new Promise((resolve) => {
    conduct.listener = (event) => {
      const isLast = !['progress', 'written', 'refused'].includes(event.kind);
      if (isLast && 'step' in event && event.step === step) resolve(event);
    };
  });
}

function emptyDisk(folder: string): string {
  const disk = join(folder, 'disk.raw');
  writeFileSync(disk, '');
  truncateSync(disk, LAYOUT.size_sectors * SECTOR_BYTES);
  return disk;
}

function writeStep(slot: number, { name, bytes, sha256 }: TestImage): DeployStep {
  return { kind: 'write', slot, image: name, size_bytes: bytes.length, sha256, packing: 'gzip', by: 'http' };
}

/** The wire with DHCP, TFTP and HTTP, and a port for the node. */
async function openMeshWire(socket: string, service: HttpService): Promise<{ close(): Promise<void> }> {
  const { bootFile } = await buildPayload({ uses: ['bootFile'] });
  const clock = systemClock();
  const wire = makeSwitch(clock);
  const host = openWireHost({
    mac: mac('52:54:00:99:00:fe'),
    address: ipv4(SERVER),
    prefix_bits: 24,
    attach: (deliver) => wire.attach('services', deliver),
    clock,
  });
  const memory = openNetbootMemory();
  const dhcp = openDhcp({
    clock,
    server: ipv4(SERVER),
    subnet: { mask: ipv4('255.255.255.0'), router: null, nameServers: [], domain: null, lease_s: 3600 },
    nodes: () => ({
      address: ipv4(ADDRESS),
      hostName: NODE,
      bootFile: 'undionly.kpxe',
      rootPath: null,
      initiatorName: null,
      script: `http://${SERVER}${scriptPath(NODE)}`,
    }),
    memory,
  });
  host.bindUdp(67, dhcp.service);
  const undionly = fileOf(readFileSync(bootFile));
  const tftp = openTftp({ clock, files: () => undionly, onLoaded: (from) => memory.markBootFileLoaded(from) });
  bindTftp(tftp, (port, datagrams) => host.bindUdp(port, datagrams));
  const tcp = openTcp({ link: host, clock, random: seededRandom(8) });
  host.bindProtocol(6, (from, segment) => tcp.receive(from, segment));
  tcp.listen(80, (stream) => serveHttp(stream, service));
  const port = await openStreamPort({
    path: socket,
    attach: (deliver) => wire.attach('mesh1', deliver),
    events: { connected: () => memory.reset(mac(NODE_MAC)), disconnected() {}, noted() {} },
  });
  return {
    async close() {
      await port.close();
      tcp.close();
      host.close();
    },
  };
}

/** The slot image under another name, through Debian's partclone and gzip. */
async function imageOf({ partitions, labels }: MeshPayload, folder: string, wanted: Image): Promise<TestImage> {
  const { name, kind } = wanted;
  const filesystem = readFileSync(partitions[kind]);
  labelBytes(name).copy(filesystem, labels[kind]);
  const [raw, packed] = [join(folder, `${name}.ext2`), join(folder, `${name}.ptcl`)];
  writeFileSync(raw, filesystem);
  const log = join(folder, 'partclone.log');
  const ran = await runProcess({ argv: ['partclone.extfs', '-c', '-f', '0', '-L', log, '-s', raw, '-o', packed] });
  if (ran.exitCode !== 0) throw new Error(ran.errorTail);
  const bytes = gzipSync(readFileSync(packed), { level: 1 });
  return { name, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function* pieces(bytes: Buffer): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += 256 * 1024)
    yield await Promise.resolve(bytes.subarray(at, at + 256 * 1024));
}

function argvOf(socket: string, disk: string): readonly [string, ...string[]] {
  const words = `-accel tcg,tb-size=32 -machine pc,graphics=off -m 256 -nodefaults -no-user-config -display none
    -serial stdio -no-reboot -boot strict=on -device virtio-net-pci,netdev=n,mac=${NODE_MAC},bootindex=1
    -netdev stream,id=n,server=off,addr.type=unix,addr.path=${socket} -device virtio-scsi-pci,id=scsi
    -drive if=none,id=d,format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap,file=${disk}
    -device scsi-hd,drive=d,bus=scsi.0,bootindex=2`;
  return ['qemu-system-x86_64', ...words.split(/\s+/)];
}

/** Runs a node until its console matches or it ends by itself; for four minutes at most, as a busy machine needs. */
async function consoleUntil(
  argv: readonly [string, ...string[]],
  awaited: RegExp,
  stop?: AbortSignal,
): Promise<string> {
  let said = '';
  const node = startProcess({
    argv,
    input: 'pipe',
    onOutput(bytes) {
      said += bytes.toString('latin1');
      if (said.endsWith('Ctrl-B for the iPXE command line...')) node.write(' ');
      if (awaited.test(said)) node.kill('SIGKILL');
    },
  });
  const cut = (): void => node.kill('SIGKILL');
  AbortSignal.timeout(240_000).addEventListener('abort', cut);
  if (stop?.aborted === true) cut();
  stop?.addEventListener('abort', cut, { once: true });
  await node.ended;
  return said;
}
