import { EXIT, usage, type Command } from '../cli/command.js';
import { SITE_OPTION, withHands } from './hands/with-hands.js';

const WORDS = ['on', 'off', 'cycle', 'status'] as const;

export const powerCommand: Command = {
  name: 'power',
  usage: 'power NODE on|off|cycle|status',
  says:
    'Switches a node by what its site says (IPMI, Redfish, outlets of PDUs, wake-on-LAN, or a person who is asked), ' +
    'and believes it when it reads so; a cycle is off and then on.',
  takes: [2, 2],
  options: { site: SITE_OPTION },
  run: (given, io) => {
    const [name = '', asked = ''] = given.positionals;
    const word = WORDS.find((known) => known === asked);
    if (word === undefined) throw usage(powerCommand, `it takes ${WORDS.join(', ')}, not ${JSON.stringify(asked)}`);
    return withHands(powerCommand, { given, io }, async ({ hands, node: nodeOf }) => {
      const node = nodeOf(name);
      if (word === 'cycle') await hands.cycle(node, io.signal);
      else if (word !== 'status') await hands.power(node).ensure(word, io.signal);
      // A driver has read it back; asking once more would only cost time, or a person another answer.
      const power = word === 'status' ? await hands.power(node).read(io.signal) : word === 'off' ? 'off' : 'on';
      if (given.flag('json')) io.out(`${JSON.stringify({ type: 'power', node: node.id, power })}\n`);
      else io.out(`${node.id} is ${power}\n`);
      return EXIT.ok;
    });
  },
};
