import { EXIT, usage, type Command } from '../cli/command.js';
import { keepRackUp } from '../rack/keep-up.js';
import { loadSite } from '../load-plan.js';

export const rackCommand: Command = {
  name: 'rack',
  usage: 'rack up SITE',
  says:
    'Brings up the emulated rack of a site, switched off, with BMCs and PDUs that other software can drive over the ' +
    'network, until Ctrl-C; prints where they are, and each stage of every boot as it happens.',
  takes: [2, 2],
  options: {
    foreground: { type: 'boolean', says: 'stay in the foreground, which is what it does' },
    seed: { type: 'string', value: 'N', says: 'seed of all chance; default 1' },
    out: { type: 'string', value: 'DIR', says: 'directory of consoles and capture; default: a new one in runs/' },
  },
  run: async (given, io) => {
    const [verb, file = ''] = given.positionals;
    if (verb !== 'up') throw usage(rackCommand, `there is no verb ${JSON.stringify(verb)}; there is up`);
    await keepRackUp(loadSite(file), given, io);
    return EXIT.interrupted;
  },
};
