import { emulationChecks, mendingCommand, type HostCheck } from '../../drivers/qemu/doctor.js';
import { EXIT, type Command } from '../cli/command.js';
import { paint, type Io } from '../cli/io.js';
import { acceleratorProbe } from '../compose/emulated.js';

/** What the doctor found, as a value. */
export interface Diagnosis {
  /** Which worlds this host can play. */
  readonly worlds: { readonly sim: boolean; readonly emulated: boolean; readonly real: boolean };
  readonly checks: readonly HostCheck[];
  /** What installs everything that is missing; null when nothing is. */
  readonly mend: string | null;
}

export const doctorCommand: Command = {
  name: 'doctor',
  usage: 'doctor',
  says: 'Tells what this host can do, and how to mend what it cannot. Exit code 3 when it cannot emulate.',
  takes: [0, 0],
  options: {},
  run: async (given, io) => {
    const diagnosis = await diagnose();
    if (given.flag('json')) io.out(`${JSON.stringify({ type: 'report', version: 1, ...diagnosis })}\n`);
    else tell(diagnosis, io);
    return diagnosis.worlds.emulated ? EXIT.ok : EXIT.host;
  },
};

export async function diagnose(): Promise<Diagnosis> {
  const checks = await emulationChecks(acceleratorProbe);
  const emulated = checks.every(({ isFine, isNeeded }) => isFine || !isNeeded);
  // The drivers of the real world are not in this release.
  return { worlds: { sim: true, emulated, real: false }, checks, mend: mendingCommand(checks) };
}

function tell({ worlds, checks, mend }: Diagnosis, io: Io): void {
  for (const [world, can] of Object.entries(worlds)) {
    io.out(`${paint(io, can ? 'good' : 'bad', can ? 'can   ' : 'cannot')}  play ${world}\n`);
  }
  io.out('\n');
  for (const { name, isFine, isNeeded, found } of checks) {
    const mark = isFine ? 'ok' : isNeeded ? 'lacks' : 'wants';
    io.out(`${paint(io, isFine ? 'good' : 'bad', mark.padEnd(6))}  ${name.padEnd(16)} ${found}\n`);
  }
  if (mend !== null) io.out(`\nmend it with  ${mend}\n`);
}
