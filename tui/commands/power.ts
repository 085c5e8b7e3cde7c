import type { PowerState } from '../../core/ports/power.js';
import type { CyclingPower } from '../compose/node-bmc.js';
import { EXIT, usage, type Command } from '../cli/command.js';
import { nodeOf, openSite, SITE_OPTION } from '../hands/open.js';

/** What each verb does, and how the node is then: who ensures it has read it back, where it can be read. */
const VERBS: Readonly<Record<string, (power: CyclingPower, signal: AbortSignal) => Promise<PowerState>>> = {
  on: (power, signal) => power.ensure('on', signal).then(() => 'on'),
  off: (power, signal) => power.ensure('off', signal).then(() => 'off'),
  cycle: (power, signal) => power.cycle(signal).then(() => 'on'),
  status: (power, signal) => power.read(signal),
};
const KNOWN = Object.keys(VERBS);

export const powerCommand: Command = {
  name: 'power',
  usage: `power NODE ${KNOWN.join('|')}`,
  says:
    'Switches a node on or off, or both, by what the site file says its power goes through: a BMC, outlets of PDUs, ' +
    'wake-on-LAN, or whoever sits at the terminal. It is done when it reads back so.',
  takes: [2, 2],
  options: { site: SITE_OPTION },
  run: async (given, io) => {
    const [name = '', verb = ''] = given.positionals;
    const act = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (act === undefined) {
      throw usage(powerCommand, `there is no verb ${JSON.stringify(verb)}; there are ${KNOWN.join(', ')}`);
    }
    const { site, hands: opened } = openSite(powerCommand, given, io);
    await using hands = opened;
    const node = nodeOf(powerCommand, site, name);
    const state = await act(hands.power(node), io.signal);
    if (given.flag('json')) io.out(`${JSON.stringify({ type: 'power', node: node.id, by: node.power, state })}\n`);
    else io.out(`${node.id} is ${state}\n`);
    return EXIT.ok;
  },
};
