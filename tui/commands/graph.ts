import { FORMATS, type GraphFormat } from '../../core/graph/formats.js';
import { graphOf } from '../../core/graph/model.js';
import { MACHINES, type MachineKind } from '../../core/machines/steppers.js';
import { EXIT, usage, type Command } from '../cli/command.js';

export const graphCommand: Command = {
  name: 'graph',
  usage: 'graph [MACHINE]',
  says: 'Prints the machines as pictures; without a name all of them.',
  takes: [0, 1],
  options: { format: { type: 'string', value: 'FORMAT', says: 'mermaid (default), dot or json' } },
  run: (given, io) => {
    const [name] = given.positionals;
    const format = given.flag('json') ? 'json' : (given.text('format') ?? 'mermaid');
    if (!isFormat(format)) throw usage(graphCommand, `--format takes ${Object.keys(FORMATS).join(', ')}`);
    if (name !== undefined && !isMachine(name)) {
      throw usage(graphCommand, `there is no machine ${name}; there are ${Object.keys(MACHINES).join(', ')}`);
    }
    const kinds = name === undefined ? MACHINE_KINDS : [name];
    for (const kind of kinds) io.out(FORMATS[format](graphOf(MACHINES[kind])));
    return EXIT.ok;
  },
};

const MACHINE_KINDS: readonly MachineKind[] = ['node', 'boot', 'image', 'lunBranch', 'deployment', 'reservation'];

function isFormat(text: string): text is GraphFormat {
  return Object.hasOwn(FORMATS, text);
}

function isMachine(text: string): text is MachineKind {
  return Object.hasOwn(MACHINES, text);
}
