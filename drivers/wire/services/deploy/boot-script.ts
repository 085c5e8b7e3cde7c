import type { NodeId } from '../../../../core/ids.js';

export interface ScriptFacts {
  readonly node: NodeId;
  /** `http://10.99.0.1`, without a slash at its end. */
  readonly url: string;
  /** With the length of its network's prefix: `10.99.0.101/16`. */
  readonly address: string;
  readonly token: string;
  /** The kernel's command line, but for what is said here. */
  readonly kernelArguments: readonly string[];
}

/**
 * Starts the local disk's MBR. `--no-describe`: the disk is the BIOS's own, there is no SAN to tell the system of.
 * @see https://ipxe.org/cmd/sanboot
 */
export const LOCAL_SCRIPT = `#!ipxe
sanboot --no-describe --drive 0x80 || echo METALRIG no local boot
exit 1
`;

/** Loads the deploy ramdisk. iPXE itself fills in the card's address, by which the ramdisk finds the card. */
export function deployScript({ node, url, address, token, kernelArguments }: ScriptFacts): string {
  const words = [
    ...kernelArguments,
    `metalrig.server=${url}`,
    `metalrig.node=${node}`,
    `metalrig.address=${address}`,
    'metalrig.mac=${net0/mac}',
    `metalrig.token=${token}`,
  ];
  return `#!ipxe
kernel ${url}/boot/vmlinuz initrd=deploy.gz ${words.join(' ')} || exit 1
initrd ${url}/boot/deploy.gz || exit 1
echo METALRIG STAGE kernel
boot || exit 1
`;
}
