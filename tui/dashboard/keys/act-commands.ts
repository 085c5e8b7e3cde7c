import { BOOT_DEVICES } from '../../../core/ports/boot-device.js';
import { MISHAP_WORDS } from '../../../core/scenario/mishap-words.js';
import { durationOf } from '../../../core/site/duration.js';
import { mishapNamed, type Request } from './operate.js';
import type { Known, Told, TopCommand } from './commands.js';

/** Durations that are offered; every other one does as well. */
const SPANS = ['10s', '30s', '1m', '5m', '1h'];
const LASTS = ['once', 'always'] as const;

type Offers = (known: Known, node: string) => readonly string[];

/** What a command is about comes first, then each word by what was said before it. */
function after(...offers: readonly Offers[]): TopCommand['offers'] {
  return (known, [node = '', ...more]) => {
    if (more.length === 0 && node === '') return known.nodes;
    return offers[more.length]?.(known, node) ?? [];
  };
}

function missing(why: string): Told {
  return { does: 'nothing', why };
}

function ask(request: Request): Told {
  return { does: 'ask', request };
}

function aboutNode(topic: 'node.verify' | 'node.return', name: string, says: string): TopCommand {
  return {
    name,
    usage: `${name} NODE`,
    says,
    isAct: true,
    offers: after(),
    read: (node) => (node === '' ? missing('which node?') : ask({ topic, payload: { node } })),
  };
}

/** Commands that ask something of a rack that is up. */
export const ACT_COMMANDS: readonly TopCommand[] = [
  {
    name: 'power',
    usage: 'power NODE on|off|cycle',
    says: 'switch a node',
    isAct: true,
    offers: after(() => ['on', 'off', 'cycle']),
    read: (text) => {
      const [node = '', want = ''] = text.split(' ');
      if (node === '') return missing('which node?');
      if (want === 'cycle') return ask({ topic: 'node.cycle', payload: { node } });
      return want === 'on' || want === 'off'
        ? ask({ topic: 'node.power', payload: { node, want } })
        : missing('on, off or cycle?');
    },
  },
  {
    name: 'boot',
    usage: 'boot NODE DEVICE [always]',
    says: `boot a node from ${BOOT_DEVICES.join(', ')}; once, or from now on`,
    isAct: true,
    offers: after(
      () => BOOT_DEVICES,
      () => LASTS,
    ),
    read: (text) => {
      const [node = '', from = '', how = 'once'] = text.split(' ');
      const device = BOOT_DEVICES.find((one) => one === from);
      const lasts = LASTS.find((one) => one === how);
      if (node === '') return missing('which node?');
      if (device === undefined) return missing(`from ${BOOT_DEVICES.join(', ')}?`);
      return lasts === undefined
        ? missing('once or always?')
        : ask({ topic: 'node.boot', payload: { node, device, lasts } });
    },
  },
  aboutNode('node.verify', 'verify', "whether a node's BMC does what it is told"),
  {
    name: 'maintain',
    usage: 'maintain NODE WHY',
    says: 'give a node to nobody any more',
    isAct: true,
    offers: after(),
    read: (text) => {
      const [node = '', ...why] = text.split(' ');
      const reason = why.join(' ');
      return reason === ''
        ? missing('which node, and why?')
        : ask({ topic: 'node.maintain', payload: { node, reason } });
    },
  },
  aboutNode('node.return', 'return', 'verify a node and give it to people again'),
  {
    name: 'inject',
    usage: 'inject NODE MISHAP [30s]',
    says: 'break something on purpose; it heals after that time, or by h',
    isAct: true,
    offers: after(
      ({ mishaps }, node) => mishaps(node),
      () => SPANS,
    ),
    explains: (word) => {
      const kind = mishapNamed(word);
      return kind === null ? null : MISHAP_WORDS[kind];
    },
    read: injecting,
  },
  {
    name: 'heal',
    usage: 'heal NODE MISHAP',
    says: 'mend what was broken on purpose',
    isAct: true,
    offers: after(({ broken }, node) => broken(node)),
    read: (text) => {
      const [node = '', kind = ''] = text.split(' ');
      const mishap = mishapNamed(kind);
      return mishap === null
        ? missing('which node, and which mishap?')
        : ask({ topic: 'mishap.heal', payload: { node, mishap } });
    },
  },
  {
    name: 'pace',
    usage: 'pace N',
    says: 'let the time of a simulated rack go by N times as fast; 0 holds it',
    isAct: true,
    offers: (_, words) => (words.length === 0 ? ['0', '1', '10', '100'] : []),
    read: (text) => {
      const pace = Number(text);
      return text !== '' && pace >= 0 && pace <= 100_000
        ? ask({ topic: 'clock.pace', payload: { pace } })
        : missing('a pace is 0 to 100000');
    },
  },
];

function injecting(text: string): Told {
  const [node = '', kind = '', span = ''] = text.split(' ');
  const mishap = mishapNamed(kind);
  if (node === '') return missing('which node?');
  if (mishap === null) return missing(`which mishap? there is no ${kind === '' ? 'name' : kind}`);
  if (span === '') return ask({ topic: 'mishap.begin', payload: { node, mishap } });
  const healsAfter_ms = durationOf(span);
  return healsAfter_ms === null || healsAfter_ms < 1
    ? missing('it heals after a time such as 30s, 5m or 1h')
    : ask({ topic: 'mishap.begin', payload: { node, mishap, healsAfter_ms } });
}
