/**
 * The modules that have to be loaded for `wanted`, dependencies first. A wanted name that is not among the modules is
 * taken to be built into the kernel when `builtin` says so.
 *
 * @param dependencies  module name -> names it depends on; names with underscores, as the kernel writes them
 * @throws Error naming the module that is nowhere: a kernel that we do not know
 */
export function loadOrder(
  wanted: readonly string[],
  dependencies: ReadonlyMap<string, readonly string[]>,
  builtin: ReadonlySet<string>,
): readonly string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name) || builtin.has(name)) return;
    const needs = dependencies.get(name);
    if (needs === undefined) throw new Error(`the kernel package has no module ${name}`);
    needs.forEach(visit);
    order.push(name);
  };
  wanted.forEach(visit);
  return order;
}

/**
 * What a module says that it depends on, read from the NUL-ended `depends=` string of its .modinfo section; depmod
 * works from symbols and comes to the same list, but it is a program more.
 */
export function dependenciesOf(module: Uint8Array): readonly string[] {
  const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  const start = bytes.indexOf('\0depends=');
  if (start < 0) return [];
  const from = start + '\0depends='.length;
  const list = bytes.toString('latin1', from, bytes.indexOf(0, from));
  return list
    .split(',')
    .filter((name) => name !== '')
    .map(moduleName);
}

const SIGNATURE_MAGIC = Buffer.from('~Module signature appended~\n');
/** struct module_signature: its last four bytes are the length of what comes before it, big-endian. */
const SIGNATURE_TRAILER_BYTES = 12;

/**
 * The module without what costs time to load and serves nothing here: its signature (under TCG the kernel spends 11 ms
 * on checking each; Debian's does not insist on them, it only marks itself tainted), and
 * the name of its BTF section, so that its type information is not parsed.
 *
 * @see kernel/module/signing.c of Linux
 */
export function strippedModule(module: Uint8Array): Uint8Array {
  const bytes = Buffer.from(module);
  const trailerEnd = bytes.length - SIGNATURE_MAGIC.length;
  const isSigned = trailerEnd >= SIGNATURE_TRAILER_BYTES && bytes.subarray(trailerEnd).equals(SIGNATURE_MAGIC);
  const end = isSigned ? trailerEnd - SIGNATURE_TRAILER_BYTES - bytes.readUInt32BE(trailerEnd - 4) : bytes.length;
  const typeSection = bytes.indexOf('\0.BTF\0');
  if (typeSection >= 0) bytes.write('.btf', typeSection + 1);
  return bytes.subarray(0, end);
}

/** `kernel/drivers/net/virtio-net.ko` -> `virtio_net`. */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko$/, '').replaceAll('-', '_');
}
