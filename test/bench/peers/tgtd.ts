import { join } from 'node:path';
import { runProcess } from '../../../drivers/process/run.js';
import { startProcess } from '../../../drivers/process/start.js';
import type { Need } from '../figure.js';
import { pause } from '../pause.js';

export const TGTD_NEEDS: readonly Need[] = [
  { program: 'tgtd', debianPackage: 'tgt' },
  { program: 'tgtadm', debianPackage: 'tgt' },
];

export interface TgtdOptions {
  readonly folder: string;
  /** `127.0.0.1:13260` */
  readonly portal: string;
  /** Raw image, served as LUN 1: tgtd keeps 0 for its controller. */
  readonly image: string;
  readonly iqn: string;
  /** How the daemon is started: in a namespace, or as it is. */
  readonly inside?: (argv: readonly string[]) => readonly [string, ...string[]];
}

/** Debian's iSCSI target daemon with one LUN that everybody may use. */
export async function openTgtd(options: TgtdOptions): Promise<AsyncDisposable> {
  const { folder, portal, image, iqn, inside } = options;
  const environment = { TGT_IPC_SOCKET: join(folder, 'tgtd.sock') };
  const words = ['tgtd', '--foreground', '--debug', '0', '--iscsi', `portal=${portal}`] as const;
  const child = startProcess({ argv: inside?.(words) ?? words, environment });
  const admin = async (words: string): Promise<boolean> => {
    const { exitCode } = await runProcess({ argv: ['tgtadm', '--lld', 'iscsi', ...words.split(' ')], environment });
    return exitCode === 0;
  };
  for (let tries = 0; !(await admin('--op show --mode target')); tries += 1) {
    if (tries === MOST_TRIES) throw new Error(`tgtd does not answer: ${(await stop(child)).errorTail}`);
    await pause(TRY_AGAIN_MS);
  }
  const steps = [
    `--op new --mode target --tid 1 -T ${iqn}`,
    `--op new --mode logicalunit --tid 1 --lun 1 -b ${image}`,
    '--op bind --mode target --tid 1 -I ALL',
  ];
  for (const step of steps) if (!(await admin(step))) throw new Error(`tgtadm ${step} failed`);
  return child;
}

const MOST_TRIES = 100;
const TRY_AGAIN_MS = 50;

/** tgtd heeds no SIGTERM while it has targets. */
function stop(child: ReturnType<typeof startProcess>): ReturnType<typeof startProcess>['ended'] {
  child.kill('SIGKILL');
  return child.ended;
}
