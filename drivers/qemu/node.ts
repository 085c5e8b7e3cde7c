import type { NodeId } from '../../core/ids.js';

/** One emulated node: what stands in its rack unit. */
export interface QemuNode {
  readonly node: NodeId;
  readonly memory_mib: number;
  readonly nics: readonly QemuNic[];
  readonly disks?: readonly QemuDisk[];
  /** Boots this kernel directly, without boot devices. */
  readonly kernel?: QemuKernel;
  /** Has a CD drive and a USB port, where media may be put in. */
  readonly hasDrives?: boolean;
  /** TCP port on 127.0.0.1 where the node's BMC waits for its guest's KCS interface; none unless told. */
  readonly kcsPort?: number;
  /** Its serial console is evidence only as somebody else brings it, as a real node's BMC does; false unless told. */
  readonly isHeardElsewhere?: boolean;
  /** What a guest's reset does: `ends` (the default) the process, which is observed, or boots `again`. */
  readonly onReset?: 'ends' | 'again';
}

export interface QemuNic {
  readonly model: 'virtio-net-pci' | 'e1000';
  /** Six hexadecimal pairs joined by colons. */
  readonly mac: string;
  /**
   * The Unix socket where the wire's switch listens already when the node is switched on; of a node that outlives us,
   * where its QEMU listens.
   */
  readonly wirePath: string;
}

export interface QemuDisk {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
  readonly model: 'virtio-blk-pci' | 'scsi-hd';
}

export interface QemuKernel {
  readonly file: string;
  readonly initrd?: string;
  readonly commandLine: string;
}

export type Accelerator = 'kvm' | 'tcg';

/** Guest time: the host's, or QEMU's own instruction count, which jumps over idle waits. */
export type GuestTime = 'host' | 'instructions';

/** The log of what QEMU hands on; a node whose console is heard elsewhere has its own log under the plain name. */
export function consoleLog({ node, isHeardElsewhere }: QemuNode): string {
  return isHeardElsewhere === true ? `${node}.qemu.log` : `${node}.log`;
}
