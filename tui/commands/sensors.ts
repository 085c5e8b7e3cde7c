import type { SensorReading } from '../../core/ports/sensors.js';
import { EXIT, type Command } from '../cli/command.js';
import { paint, type Io } from '../cli/io.js';
import { SITE_OPTION, withHands } from './hands/with-hands.js';

export const sensorsCommand: Command = {
  name: 'sensors',
  usage: 'sensors NODE',
  says: 'What the BMC of a node measures, and how it judges that by its own thresholds.',
  takes: [1, 1],
  options: { site: SITE_OPTION },
  run: (given, io) =>
    withHands(sensorsCommand, { given, io }, async ({ hands, node: nodeOf }) => {
      const [name = ''] = given.positionals;
      const node = nodeOf(name);
      const sensors = await hands.bmc(node).sensors(io.signal);
      if (given.flag('json')) io.out(`${JSON.stringify({ type: 'sensors', node: node.id, sensors })}\n`);
      else if (sensors.length === 0) io.out(`the BMC of ${node.id} has no sensors\n`);
      else for (const sensor of sensors) io.out(`${line(sensor, io)}\n`);
      return EXIT.ok;
    }),
};

const TONES = { ok: 'good', warning: 'busy', critical: 'bad', absent: 'idle' } as const;

/** Within 80 columns: 24 of the name, 22 of the reading, 8 of its judgement, and what is left. */
function line({ name, value, unit, health, text }: SensorReading, io: Io): string {
  const reading = value === null ? '' : `${value}${unit === null ? '' : ` ${unit}`}`;
  const judged = paint(io, TONES[health], health.padEnd(8));
  return `${cut(name, 24)}  ${cut(reading, 20)}  ${judged}  ${text.slice(0, 22)}`.trimEnd();
}

function cut(text: string, columns: number): string {
  return (text.length > columns ? `${text.slice(0, columns - 1)}…` : text).padEnd(columns);
}
