import { startProcess } from '../../drivers/process/start.js';

/** What a bench guest is made of: a kernel booted directly, one NIC at most. */
export interface GuestOptions {
  readonly kernel: string;
  readonly initramfs: string;
  readonly words: string;
  readonly accelerator: string;
  readonly memory_mib: number;
  /** The value of -netdev, whose id is `net`; none without it. */
  readonly netdev?: string;
  readonly mac?: string;
}

export const QEMU_NEEDS = [{ program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' }] as const;

/** A bare QEMU: no monitor, the console on stdout. */
export function guestArgv(options: GuestOptions): readonly [string, ...string[]] {
  const { kernel, initramfs, words, accelerator, memory_mib, netdev, mac } = options;
  const accel = accelerator === 'tcg' ? 'tcg,tb-size=32' : accelerator;
  const nic =
    netdev === undefined ? [] : ['-netdev', netdev, '-device', `virtio-net-pci,netdev=net,mac=${mac},romfile=`];
  const machine = ['-accel', accel, '-machine', 'pc,graphics=off', '-m', String(memory_mib)];
  const plain = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'];
  const commandLine = `console=ttyS0,115200 quiet rdinit=/bench-init ${words}`;
  const boot = ['-kernel', kernel, '-initrd', initramfs, '-append', commandLine];
  return ['qemu-system-x86_64', ...machine, ...plain, ...nic, ...boot];
}

export interface Guest extends AsyncDisposable {
  /** @returns what stands between the start of the console and `word`. @throws when it ends or time runs out before */
  saw(word: string): Promise<Sight>;
}

export interface Sight {
  readonly console: string;
  readonly at_ms: number;
}

/** Longer than a guest takes while eight others boot. */
const LIMIT_MS = 180_000;

/** Types a key where iPXE waits for one, as the rig does: it saves 2 s each. */
export function startGuest(argv: readonly [string, ...string[]]): Guest {
  let text = '';
  let typed = 0;
  const waiting = new Set<() => void>();
  const child = startProcess({
    argv,
    input: 'pipe',
    onOutput(bytes) {
      text += bytes.toString('latin1');
      const banners = text.split(IPXE_BANNER).length - 1;
      for (; typed < banners; typed += 1) child.write(' ');
      for (const look of waiting) look();
    },
  });
  const saw = (word: string): Promise<Sight> =>
    new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`${word} did not come: ${text.slice(-200)}`)), LIMIT_MS);
      const look = (): void => {
        if (!text.includes(word)) return;
        waiting.delete(look);
        clearTimeout(limit);
        resolve({ console: text.slice(0, text.indexOf(word)), at_ms: performance.now() });
      };
      waiting.add(look);
      void child.ended.then(({ errorTail }) => {
        clearTimeout(limit);
        reject(new Error(`QEMU ended before ${word}: ${errorTail} ${text.slice(-200)}`));
      });
      look();
    });
  return { saw, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

const IPXE_BANNER = 'Press Ctrl-B for the iPXE command line';
