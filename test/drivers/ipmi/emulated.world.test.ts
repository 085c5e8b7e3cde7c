import t from 'tap';
import type { Fault } from '../../../core/faults/fault.js';
import { nodeId } from '../../../core/ids.js';
import { ipmiBmc, type IpmiBmc } from '../../../drivers/ipmi/bmc.js';
import { IPMI_DEFAULTS, type IpmiConfig } from '../../../drivers/ipmi/config.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { bootDeviceContract } from '../../contracts/boot-device.contract.js';
import { openTestBmc, PASSWORD, type TestBmc } from '../emulated-bmc/test-bmc.js';
import { faultIn } from '../../fault-in.js';

const { signal } = new AbortController();
const node = nodeId('root1');

/** The driver of an emulated node's BMC, and what it notices. */
function driverOf({ bmc }: TestBmc, changes: Partial<IpmiConfig> = {}): IpmiBmc & { readonly notices: Fault[] } {
  const notices: Fault[] = [];
  const { address, port } = bmc;
  const config = { ...IPMI_DEFAULTS, node, address, port, user: 'admin', offFor_ms: 0, ...changes };
  const notice = (fault: Fault): void => void notices.push(fault);
  return { ...ipmiBmc(config, { clock: systemClock(), notice, password: async () => PASSWORD }), notices };
}

bootDeviceContract('ipmi, emulated BMC', async () => {
  const opened = await openTestBmc();
  const { bootDevice, power } = driverOf(opened);
  return {
    node,
    bootDevice: { ensure: (_, want, signal) => bootDevice.ensure(want, signal) },
    async triedFirst() {
      await power.ensure('on', signal);
      await power.ensure('off', signal);
      return opened.machine.starts.at(-1) ?? 'usb';
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
});

void t.test('ipmi: each lie of an emulated BMC -> seen through, or named', async (t) => {
  await using opened = await openTestBmc();
  const { bmc, machine } = opened;
  const { chassis } = machine;
  const driver = driverOf(opened);
  const hasty = driverOf(opened, { settle_ms: 200, restart_ms: 0 });

  bmc.lie('bmc.cycle-stays-off', true);
  await driver.power.cycle(signal);
  t.equal(chassis.power(), 'on', 'its own cycle is not used');
  bmc.lie('bmc.cycle-stays-off', false);

  bmc.lie('bmc.stale-power', true);
  t.match(await faultIn(hasty.power.ensure('off', signal)), { code: 'IPM-014', want: 'off', read: 'on' });
  t.equal(chassis.power(), 'off', 'it did as it was told, and tells what was');
  bmc.lie('bmc.stale-power', false);

  bmc.lie('bmc.power-on-ignored', true);
  t.match(await faultIn(hasty.power.ensure('on', signal)), { code: 'IPM-014', want: 'on', read: 'off' });
  bmc.lie('bmc.power-on-ignored', false);
  t.strictSame(driver.notices, []);

  bmc.lie('bmc.boot-device-lost', true);
  await driver.bootDevice.ensure({ device: 'cdrom', lasts: 'once' }, signal);
  t.match(driver.notices.splice(0), [{ code: 'IPM-016', want: 'cdrom once' }]);
  bmc.lie('bmc.boot-device-lost', false);

  bmc.lie('bmc.needs-reset', true);
  await driver.power.ensure('on', signal);
  t.equal(chassis.power(), 'on');
  t.match(driver.notices.splice(0), [{ code: 'IPM-017', why: /Node busy/ }]);

  bmc.lie('bmc.slow', true);
  t.equal(await driver.power.read(signal), 'on');
  bmc.lie('bmc.slow', false);

  t.strictSame(await driver.audit(signal), []);
  bmc.lie('bmc.any-password', true);
  t.match(await driver.audit(signal), [{ code: 'IPM-019' }]);
  bmc.lie('bmc.any-password', false);

  bmc.lie('bmc.wrong-password', true);
  t.match(await faultIn(driver.power.read(signal)), { code: 'IPM-002', user: 'admin' });
  bmc.lie('bmc.wrong-password', false);

  bmc.lie('bmc.mute-after-burst', true);
  for (let call = 0; call < 4; call++) t.equal(await driver.power.read(signal), 'on', 'silence is waited out');
});
