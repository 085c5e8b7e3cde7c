import t, { type Test } from 'tap';
import { NO_OVERRIDE, type Chassis } from '../../core/ports/machine-room.js';

export interface OpenedChassis extends AsyncDisposable {
  /** Off, with no override. */
  readonly chassis: Chassis;
}

/** What every chassis keeps to, whatever machine is in it. */
export function chassisContract(name: string, open: () => Promise<OpenedChassis>): void {
  void t.test(`chassis contract: ${name}`, async (t) => {
    const opened = await open();
    const { chassis } = opened;
    t.teardown(() => opened[Symbol.asyncDispose]());
    await t.test('chassis: off -> neither reset nor its button do anything', async (t) => {
      t.equal(chassis.power(), 'off');
      await t.rejects(chassis.reset(), { message: /^CHS-002/ });
      await t.rejects(chassis.pressPowerButton(), { message: /^CHS-002/ });
    });

    await t.test('chassis: asked to be on -> on before anybody waited, and told', async (t) => {
      let told = 0;
      const stop = chassis.onChange(() => void (told += 1));
      const switched = chassis.setPower('on', signal);
      t.equal(chassis.power(), 'on');
      t.equal(told, 1);
      await switched;
      await chassis.setPower('on', signal);
      t.equal(chassis.power(), 'on');
      stop();
    });

    await overrideCases(t, chassis);
    await feedCase(t, chassis);
  });
}

const { signal } = new AbortController();

async function overrideCases(t: Test, chassis: Chassis): Promise<void> {
  await t.test('chassis: an override for once is used up by a reset, one for always is not', async (t) => {
    chassis.setBootOverride({ device: 'disk', lasts: 'once', mode: 'uefi' });
    await chassis.reset();
    await until(chassis, () => chassis.bootOverride().device === null);
    t.strictSame(chassis.bootOverride(), NO_OVERRIDE);
    const always = { device: 'network', lasts: 'always', mode: 'legacy' } as const;
    chassis.setBootOverride(always);
    await chassis.reset();
    t.strictSame(chassis.bootOverride(), always);
  });

  await t.test('chassis: off and on again -> an override for once is used up by that', async (t) => {
    await chassis.setPower('off', signal);
    t.equal(chassis.power(), 'off');
    chassis.setBootOverride({ device: 'network', lasts: 'once', mode: 'legacy' });
    t.equal(chassis.bootOverride().device, 'network');
    await chassis.setPower('on', signal);
    t.equal(chassis.bootOverride().lasts, 'always');
    chassis.setBootOverride(NO_OVERRIDE);
    t.strictSame(chassis.bootOverride(), NO_OVERRIDE);
  });
}

async function feedCase(t: Test, chassis: Chassis): Promise<void> {
  await t.test('chassis: the last feed goes -> off, and stays so until it is asked', async (t) => {
    chassis.setFeed('left 3', true);
    chassis.setFeed('right 3', true);
    chassis.setFeed('left 3', false);
    t.equal(chassis.power(), 'on');
    chassis.setFeed('right 3', false);
    t.equal(chassis.power(), 'off');
    t.notOk(chassis.isFed());
    await t.rejects(chassis.setPower('on', signal), { message: /^CHS-001/ });
    chassis.setFeed('right 3', true);
    t.equal(chassis.power(), 'off');
    await chassis.setPower('on', signal);
    await chassis.setPower('off', signal);
  });
}

/** Comes when it holds; a machine shows its start when its firmware does. */
export function until(chassis: Chassis, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return;
      stop();
      resolve();
    };
    const stop = chassis.onChange(look);
    look();
  });
}
