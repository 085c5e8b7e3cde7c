import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../../core/faults/fault.js';
import type { SerialLine } from '../../../core/ports/machine-room.js';
import { openEmulatedBmc, type EmulatedBmc } from '../../../drivers/emulated-bmc/driver.js';
import { runProcess } from '../../../drivers/process/run.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { memoryChassis, type MemoryChassis } from '../../../sim/drivers/chassis.js';

export const PASSWORD = 'keep-out';

/** A serial line that somebody holds both ends of. */
export interface TestLine extends SerialLine {
  readonly say: (text: string) => void;
  /** What was typed so far. */
  readonly typed: () => string;
  /** Comes when something was typed after this call. */
  readonly nextTyped: () => Promise<void>;
}

export interface TestBmc extends AsyncDisposable {
  readonly bmc: EmulatedBmc;
  readonly machine: MemoryChassis;
  readonly line: TestLine;
  readonly faults: readonly Fault[];
  /** ipmitool as Ironic calls it; what it printed, both streams, and its exit code behind that. */
  readonly ipmitool: (words: string, options?: readonly string[]) => Promise<string>;
}

export async function openTestBmc(): Promise<TestBmc> {
  const directory = mkdtempSync(join(tmpdir(), 'metalrig-bmc-'));
  const machine = memoryChassis('root1');
  const line = testLine();
  const faults: Fault[] = [];
  const users = [{ name: 'admin', password: PASSWORD, privilege: 'admin' }] as const;
  const bmc = await openEmulatedBmc({
    node: 'root1',
    chassis: machine.chassis,
    line,
    users,
    clock: systemClock(),
    directory: join(directory, 'bmc'),
    noted: (fault) => faults.push(fault),
  });
  return {
    bmc,
    machine,
    line,
    faults,
    ipmitool: (words, options = []) => ipmitool(bmc, words, options),
    async [Symbol.asyncDispose]() {
      await bmc[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function ipmitool({ address, port }: EmulatedBmc, words: string, options: readonly string[]): Promise<string> {
  let errors = '';
  const place = ['-H', address, '-p', String(port), '-U', 'admin', '-E'];
  const manner = ['-C', '3', '-L', 'ADMINISTRATOR', '-R', '1', '-N', '1', '-v'];
  const { output, exitCode } = await runProcess({
    argv: ['ipmitool', '-I', 'lanplus', ...place, ...manner, ...options, ...words.split(' ')],
    environment: { IPMI_PASSWORD: PASSWORD },
    onErrorOutput: (bytes) => void (errors += bytes.toString()),
  });
  return `${output.toString()}${errors}exit ${exitCode}`;
}

function testLine(): TestLine {
  const listeners = new Set<(bytes: Uint8Array) => void>();
  let typed = '';
  const news = new EventEmitter();
  return {
    onOutput(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    write(bytes) {
      typed += Buffer.from(bytes).toString('latin1');
      news.emit('typed');
    },
    nextTyped: async () => void (await once(news, 'typed')),
    say(text) {
      for (const listener of listeners) listener(Buffer.from(text));
    },
    typed: () => typed,
  };
}
