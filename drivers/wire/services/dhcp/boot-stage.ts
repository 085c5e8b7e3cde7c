import type { NetbootMemory } from '../netboot-memory.js';
import type { DhcpMessage } from './message.js';
import { MESSAGE_TYPE, OPTION, byteOption, textOption, userClasses } from './options.js';

/**
 * Who asks, and so what it needs:
 * `rom` a PXE ROM that is no iPXE: the boot file; `ipxe.rom` an iPXE that was not loaded by us: the boot file;
 * `ipxe.loaded` the iPXE that we loaded: the root path, or its script; `system` an operating system: an address.
 */
export type BootStage = 'rom' | 'ipxe.rom' | 'ipxe.loaded' | 'system';

/** Tells the stage of a node from its words and from what it was given before; a new boot seen here is remembered. */
export function bootStage(request: DhcpMessage, memory: NetbootMemory): BootStage {
  const isIpxe = userClasses(request.options).includes('iPXE');
  if (!isIpxe && !textOption(request.options, OPTION.vendorClass).startsWith('PXEClient')) return 'system';
  const isDiscover = byteOption(request.options, OPTION.messageType) === MESSAGE_TYPE.discover;
  // Only a DISCOVER begins a boot; a REQUEST that a slow wire brings late must not undo what came after it.
  if (isDiscover && (!isIpxe || hasStartedAnew(request, memory))) memory.reset(request.mac);
  if (!isIpxe) return 'rom';
  return memory.bootFileLoaded(request.mac) ? 'ipxe.loaded' : 'ipxe.rom';
}

/**
 * An iPXE that has got its root path asks DHCP no more. If one asks again, in another transaction, then the node was
 * reset behind our back and this is its NIC ROM. Should that be wrong, the node loads the boot file once more.
 */
function hasStartedAnew(request: DhcpMessage, memory: NetbootMemory): boolean {
  const givenIn = memory.rootPathGivenIn(request.mac);
  return givenIn !== null && givenIn !== request.xid;
}
