import type { SensorReading } from '../../core/ports/sensors.js';
import { EXIT, type Command } from '../cli/command.js';
import { paint, type Io } from '../cli/io.js';
import { nodeOf, openSite, SITE_OPTION } from '../hands/open.js';
import { table } from '../views/text-table.js';

const TONES = { ok: 'good', warning: 'busy', critical: 'bad', absent: 'idle' } as const;

export const sensorsCommand: Command = {
  name: 'sensors',
  usage: 'sensors NODE',
  says: "Reads a node's sensors by its BMC: temperatures, fans, voltages, and how the BMC itself judges them.",
  takes: [1, 1],
  options: { site: SITE_OPTION },
  run: async (given, io) => {
    const [name = ''] = given.positionals;
    const { site, hands: opened } = openSite(sensorsCommand, given, io);
    await using hands = opened;
    const node = nodeOf(sensorsCommand, site, name);
    const readings = await hands.bmc(node).sensors(io.signal);
    if (given.flag('json')) {
      for (const reading of readings) io.out(`${JSON.stringify({ type: 'sensor', ...reading })}\n`);
      io.out(`${JSON.stringify({ type: 'sensors', node: node.id, ...counted(readings) })}\n`);
    } else tell(readings, io);
    return EXIT.ok;
  },
};

/** How many there are of each health. */
function counted(readings: readonly SensorReading[]): Readonly<Record<SensorReading['health'], number>> {
  const counts = { ok: 0, warning: 0, critical: 0, absent: 0 };
  for (const { health } of readings) counts[health] += 1;
  return counts;
}

function tell(readings: readonly SensorReading[], io: Io): void {
  if (readings.length === 0) io.out('its BMC has no sensors\n');
  const rows = readings.map(({ name, value, unit, health, text }) => {
    const reading = [value === null ? '' : String(value), unit ?? ''].join(' ').trim();
    return [name, reading === '' ? text : reading, health];
  });
  const lines = table(rows, io.columns);
  for (const [index, line] of lines.entries()) {
    io.out(`${paint(io, TONES[readings[index]?.health ?? 'absent'], line)}\n`);
  }
}
