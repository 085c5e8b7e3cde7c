import t from 'tap';
import { faultOf } from '../../../core/faults/fault.js';
import { machineId, nodeId } from '../../../core/ids.js';
import type { FleetDay } from '../../arbitraries/fleet-days.js';
import { entriesOf } from '../../arbitraries/journaled.js';
import { imageOf, playDay, wrong, type PlayedDay } from '../../arbitraries/played-day.js';

const ROBOTS = { project: 'roof-lab', for: ['root', 'mesh'] };
const SENSORS = { project: 'garage', for: ['root', 'mesh'] };
const HAND_INS = [
  { do: 'hand-in', image: 'robots' },
  { do: 'hand-in', image: 'sensors' },
];

function day(nodes: readonly string[], steps: readonly object[], mishaps: readonly object[] = []): FleetDay {
  const kinds = ['root', 'mesh'].filter((kind) => nodes.some((node) => node.startsWith(kind)));
  const images = { robots: { ...ROBOTS, for: kinds }, sensors: { ...SENSORS, for: kinds } };
  return { seed: 7, nodes, images, steps: [...HAND_INS, ...steps], mishaps };
}

const deploy = (image: string, facts: object = {}) => ({ do: 'deploy', image, ...facts });
const once = (image: string, is: string) => ({ when: { image, is } });
const statesOf = (played: PlayedDay) => ['robots', 'sensors'].map((name) => imageOf(played, name).state);
const nodesOf = (played: PlayedDay, name: string) => imageOf(played, name).context.nodes.map(({ is }) => is);

/** As it ended, with nothing unexpected, leaked or untrue about it. */
function ended(test: { same(found: unknown, due: unknown): boolean }, ...facts: Parameters<typeof day>): PlayedDay {
  const played = playDay(day(...facts));
  test.same(wrong(played), []);
  return played;
}

void t.test(
  'fleet day: two images started on one node at once -> the later one runs, the other is ready',
  async (t) => {
    for (const node of ['root1', 'mesh1']) {
      const played = ended(t, [node], [deploy('robots'), deploy('sensors', once('robots', 'starting'))]);
      t.same(statesOf(played), ['ready.all', 'running'], node);
    }
  },
);

void t.test('fleet day: a node fails, policy give-up -> the image is deployFailed by its fault', async (t) => {
  const mute = { mishap: 'dhcp.mute', node: 'mesh1' };
  const played = ended(t, ['mesh1', 'mesh2'], [deploy('robots', { failing: 'give-up' })], [mute]);
  t.match(imageOf(played, 'robots'), { state: 'deployFailed', context: { fault: { kind: 'node.strayed' } } });
  const drops = entriesOf(played.text).filter(
    (entry) => entry.entry === 'told' && entry.event.type.startsWith('retry'),
  );
  t.same(drops, [], 'it is not tried again');
});

void t.test('fleet day: a power cut under a write, policy wait -> written again from the start, running', async (t) => {
  const cut = { mishap: 'power.cut', node: 'mesh1', when: { writes: 50 } };
  const played = ended(t, ['mesh1', 'mesh2'], [deploy('robots', { failing: 'wait' })], [cut]);
  t.equal(imageOf(played, 'robots').state, 'running');
  t.same(
    imageOf(played, 'robots').context.nodes.map(({ retries }) => retries),
    [1, 0],
  );
});

void t.test('fleet day: a node never comes, policy wait -> given up after so many tries', async (t) => {
  const mute = { mishap: 'dhcp.mute', node: 'root1' };
  const played = ended(t, ['root1'], [deploy('robots', { failing: 'wait' })], [mute]);
  t.match(imageOf(played, 'robots'), { state: 'deployFailed', context: { nodes: [{ is: 'failed' }] } });
});

void t.test('fleet day: an image is staged over another -> that cannot be switched to, by LUN-012', async (t) => {
  const stagings = [deploy('robots', { run: false }), deploy('sensors', { run: false })];
  const switching = { do: 'switch-default', image: 'robots', ...once('sensors', 'ready.all') };
  const played = ended(t, ['root1', 'root2'], [...stagings, switching]);
  t.match(imageOf(played, 'robots'), { state: 'deployFailed', context: { fault: { code: 'LUN-012' } } });
});

void t.test(
  'fleet day: rolled back where nothing is before it any more -> it runs on, and shows LUN-013',
  async (t) => {
    const staging = deploy('sensors', { run: false, ...once('robots', 'running') });
    const back = { do: 'roll-back', image: 'robots', ...once('sensors', 'ready.all') };
    const played = ended(t, ['root1'], [deploy('robots'), staging, back]);
    t.match(imageOf(played, 'robots'), { state: 'running', context: { fault: { code: 'LUN-013' } } });
  },
);

void t.test(
  'fleet day: one image is taken off while another is active -> its LUN only; the node stays up',
  async (t) => {
    const second = deploy('sensors', once('robots', 'running'));
    const off = { do: 'take-off', image: 'robots', ...once('sensors', 'running') };
    const played = ended(t, ['root1'], [deploy('robots'), second, off]);
    t.same(statesOf(played), ['stored', 'running']);
    t.equal(played.rack.world.runs(nodeId('root1')), 'sensors');
  },
);

void t.test(
  'fleet day: rolled back to an image that is being taken off -> the node rests, and it goes off',
  async (t) => {
    const steps = [
      deploy('robots'),
      deploy('sensors', once('robots', 'running')),
      { do: 'take-off', image: 'robots', ...once('sensors', 'running') },
      { do: 'roll-back', image: 'sensors' },
    ];
    const played = ended(t, ['root1'], steps);
    t.equal(imageOf(played, 'robots').state, 'stored');
  },
);

void t.test('fleet day: taken off a node that is just being left out -> wiped there as well', async (t) => {
  const mute = { mishap: 'dhcp.mute', node: 'root1' };
  const steps = [deploy('robots', { failing: 'go-on' }), { do: 'take-off', image: 'robots' }];
  const played = ended(t, ['root1', 'root2'], steps, [mute]);
  t.equal(imageOf(played, 'robots').state, 'stored');
  t.same(nodesOf(played, 'robots'), ['wiped', 'wiped']);
});

void t.test('fleet day: a node that is left out and fails again -> told once, and the run ends', async (t) => {
  const mute = { mishap: 'dhcp.mute', node: 'mesh1' };
  const round = deploy('robots', { failing: 'go-on' });
  const steps = [round, { do: 'take-off', image: 'robots', ...once('robots', 'running') }, round];
  const played = ended(t, ['root1', 'mesh1'], steps, [mute]);
  t.match(imageOf(played, 'robots'), { state: 'running', context: { nodes: [{ is: 'running' }, { is: 'leftOut' }] } });
});

void t.test(
  'fleet day: a slot is handed on while its image is taken off -> the next one is not wiped with it',
  async (t) => {
    const steps = [
      deploy('robots', { slot: 2, run: false }),
      deploy('sensors', { slot: 2 }),
      { do: 'take-off', image: 'robots', ...once('robots', 'ready.all') },
    ];
    const played = ended(t, ['mesh1', 'mesh2'], steps);
    t.same(statesOf(played), ['stored', 'running']);
  },
);

void t.test("fleet day: into the slot of the site's own image -> that is wiped first, and proven", async (t) => {
  const played = ended(t, ['mesh1'], [deploy('robots', { slot: 1 })]);
  t.equal(imageOf(played, 'robots').state, 'running');
  t.match(played.standing(machineId('deployment', 'mesh1')), {
    context: { proofs: [{ image: 'lucid', slot: 1, isZero: true }], slots: [{ slot: 1, image: 'robots' }] },
  });
});

void t.test(
  'fleet day: no slot of a node is free, and none may be cleared -> it ends, and says which node',
  async (t) => {
    const mute = { mishap: 'dhcp.mute', node: 'mesh1' };
    const names = ['robots', 'sensors', 'arms'];
    const whole = day(['mesh1'], [], [mute]);
    const images = Object.fromEntries(names.map((name) => [name, { ...ROBOTS, for: ['mesh'] }]));
    const steps = names.flatMap((name) => [{ do: 'hand-in', image: name }, deploy(name)]);
    const played = playDay({ ...whole, images, steps });
    t.same(wrong(played), []);
    t.same(
      names.map((name) => imageOf(played, name).state),
      ['deployFailed', 'deployFailed', 'stored'],
    );
    const fault = { code: 'DPL-004', kind: 'slot.none', node: 'mesh1', image: 'arms' };
    t.same(played.fault, fault);
    t.match(entriesOf(played.text).at(-1), { entry: 'fault', fault }, 'it is journaled');
  },
);

void t.test('fleet day: taken off on its way to the nodes -> off those that it had come to, and stored', async (t) => {
  for (const state of ['scheduled', 'deploying.both', 'ready.lun', 'starting']) {
    const scheduled = deploy('robots', { starts: '300s' });
    const off = { do: 'take-off', image: 'robots', ...once('robots', state) };
    const played = ended(t, ['root1', 'mesh1', 'mesh2'], [scheduled, off]);
    t.equal(imageOf(played, 'robots').state, 'stored', state);
    t.same(nodesOf(played, 'robots'), ['wiped', 'wiped', 'wiped'], state);
  }
});

void t.test('fleet day: deployed again, to another slot -> off the first one; taken off, on none', async (t) => {
  const mute = { mishap: 'dhcp.mute', node: 'root1', heals: { after: '10m' } };
  const steps = [deploy('robots', { slot: 2 }), deploy('robots', { slot: 3 }), { do: 'take-off', image: 'robots' }];
  const played = ended(t, ['root1', 'mesh1'], steps, [mute]);
  t.equal(imageOf(played, 'robots').state, 'stored');
});

void t.test(
  'fleet day: to be deployed again to another slot later, and taken off before -> off the first one',
  async (t) => {
    const mute = { mishap: 'dhcp.mute', node: 'mesh1', heals: { after: '30s' } };
    const steps = [
      deploy('robots', { slot: 2 }),
      deploy('robots', { slot: 3, starts: '2h' }),
      { do: 'take-off', image: 'robots', ...once('robots', 'scheduled') },
    ];
    const played = ended(t, ['mesh1', 'mesh2'], steps, [mute]);
    const { state, context } = imageOf(played, 'robots');
    t.equal(state, 'stored');
    t.match(
      context.proofs.filter(({ node }) => node === 'mesh2'),
      [{ slot: 2, isZero: true, size_bytes: 64 * 1024 * 1024 }],
    );
  },
);

void t.test('fleet day: the time of a step comes and it cannot be taken -> the run ends all the same', async (t) => {
  const late = { do: 'hand-in', image: 'robots', when: { at: '1m' } };
  const played = ended(t, ['root1'], [late]);
  t.equal(played.how, 'settled');
});

void t.test('fleet day: a step names nodes that its image is not for -> told at its place', async (t) => {
  const images = { robots: { project: 'roof-lab', for: ['mesh'] } };
  const steps = [deploy('robots', { nodes: ['root1'] })];
  const misfit: FleetDay = { seed: 1, nodes: ['root1', 'mesh1'], images, steps, mishaps: [] };
  try {
    playDay(misfit);
    t.fail('it is played');
  } catch (thrown) {
    t.match(faultOf(thrown), { code: 'CFG-002', what: 'root1 is a root node, and robots is for none of these' });
  }
});

void t.test(
  'fleet day: taken off after another image has taken its slot -> stored at once, and the run ends',
  async (t) => {
    const steps = [
      deploy('robots', { failing: 'give-up', run: false }),
      deploy('sensors', { slot: 2, failing: 'wait', run: false }),
      { do: 'take-off', image: 'sensors' },
      { do: 'take-off', image: 'robots' },
    ];
    const played = ended(t, ['mesh1'], steps, [{ mishap: 'power.cut', node: 'mesh1', when: { writes: 1 } }]);
    t.same(statesOf(played), ['stored', 'stored']);
  },
);

void t.test(
  'fleet day: deployed again while a root node still fails to boot it -> its LUNs are staged all the same',
  async (t) => {
    const steps = [
      deploy('robots', { slot: 1, failing: 'wait', run: false }),
      { do: 'switch-default', image: 'robots' },
      deploy('robots', { failing: 'wait', run: false }),
      deploy('sensors', { failing: 'wait', run: false }),
      { do: 'switch-default', image: 'sensors' },
    ];
    const mute = ['root1', 'root2'].map((node) => ({ mishap: 'dhcp.mute', node }));
    const played = ended(t, ['root1', 'root2', 'mesh1'], steps, mute);
    t.equal(imageOf(played, 'robots').state, 'ready.all');
  },
);

void t.test('fleet day: asked to keep what is just being wiped -> each image is told of its own wipe', async (t) => {
  const steps = [
    deploy('sensors', { failing: 'give-up' }),
    deploy('robots', { failing: 'wait', run: false }),
    deploy('sensors', { failing: 'go-on' }),
    { do: 'take-off', image: 'robots' },
    deploy('robots', { failing: 'wait', run: false }),
    { do: 'take-off', image: 'sensors' },
  ];
  const images = {
    robots: { ...ROBOTS, size_mb: 400 },
    sensors: { ...SENSORS, for: ['root'], size_mb: 1 },
  };
  const mishaps = [{ mishap: 'kernel.panic', node: 'root1' }];
  const nodes = ['root1', 'root2', 'mesh1'];
  t.same(wrong(playDay({ seed: 0, nodes, images, steps: [...HAND_INS, ...steps], mishaps })), []);
});

void t.test(
  'fleet day: deployed again to another slot, and left out there -> the old slot counts for nothing more',
  async (t) => {
    const steps = [deploy('robots', { failing: 'wait' }), deploy('robots', { slot: 1, failing: 'go-on', run: false })];
    const mishaps = [
      { mishap: 'dhcp.mute', node: 'root1' },
      { mishap: 'disk.no-boot-code', node: 'mesh2' },
    ];
    const played = ended(t, ['root1', 'root2', 'mesh2'], steps, mishaps);
    t.equal(imageOf(played, 'robots').state, 'ready.all');
  },
);
