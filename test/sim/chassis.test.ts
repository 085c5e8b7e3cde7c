import t from 'tap';
import { memoryChassis } from '../../sim/drivers/chassis.js';
import { chassisContract } from '../contracts/chassis.contract.js';

const { signal } = new AbortController();

chassisContract('in memory', () =>
  Promise.resolve({ ...memoryChassis('root1'), [Symbol.asyncDispose]: () => Promise.resolve() }),
);

void t.test('chassis: on by itself after a power loss -> it starts when a feed is live again', async (t) => {
  const { chassis, starts } = memoryChassis('root1', 'on');
  chassis.setFeed('left 3', false);
  t.equal(chassis.power(), 'off');
  chassis.setFeed('left 3', true);
  t.equal(chassis.power(), 'on');
  t.equal(starts.length, 1);
});

void t.test('chassis: as it was before the loss -> on only where it was on', async (t) => {
  const { chassis } = memoryChassis('root1', 'last');
  chassis.setFeed('left 3', false);
  chassis.setFeed('left 3', true);
  t.equal(chassis.power(), 'off');
  await chassis.setPower('on', signal);
  chassis.setFeed('left 3', false);
  chassis.setFeed('left 3', true);
  t.equal(chassis.power(), 'on');
});

void t.test('chassis: the guest switches itself off -> off', async (t) => {
  const { chassis, guestPowersOff } = memoryChassis('root1');
  await chassis.setPower('on', signal);
  guestPowersOff();
  t.equal(chassis.power(), 'off');
});
