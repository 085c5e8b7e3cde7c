import { EventEmitter, once } from 'node:events';
import t from 'tap';
import { NO_OVERRIDE } from '../../../core/ports/machine-room.js';
import { runProcess } from '../../../drivers/process/run.js';
import { startProcess } from '../../../drivers/process/start.js';
import { until } from '../../contracts/chassis.contract.js';
import { openTestBmc, PASSWORD } from './test-bmc.js';

void t.test('emulated BMC: what provisioning software asks by ipmitool -> done, and told', async (t) => {
  await using opened = await openTestBmc();
  const { machine, ipmitool, faults } = opened;
  const { chassis, starts } = machine;

  t.match(await ipmitool('mc info'), /IPMI Version +: 2\.0[^]*exit 0$/);
  t.match(await ipmitool('power status'), 'Chassis Power is off');
  t.match(await ipmitool('raw 0 8 3 8'), /exit 0$/);

  for (const [words, device] of [
    ['pxe', 'network'],
    ['disk', 'disk'],
    ['cdrom', 'cdrom'],
    ['floppy', 'usb'],
  ] as const) {
    t.match(await ipmitool(`chassis bootdev ${words}`), `Set Boot Device to ${words}`);
    t.strictSame(chassis.bootOverride(), { device, lasts: 'once', mode: 'legacy' });
  }
  t.match(await ipmitool('chassis bootdev pxe options=persistent,efiboot'), 'Set Boot Device to pxe');
  t.strictSame(chassis.bootOverride(), { device: 'network', lasts: 'always', mode: 'uefi' });
  const told = await ipmitool('chassis bootparam get 5');
  t.match(told, 'Boot Flag Valid');
  t.match(told, 'Options apply to all future boots');
  t.match(told, 'BIOS EFI boot');
  t.match(told, 'Force PXE');

  // What Ironic sends for UEFI.
  t.match(await ipmitool('raw 0 8 5 0xa0 0x08 0 0 0'), /exit 0$/);
  t.strictSame(chassis.bootOverride(), { device: 'disk', lasts: 'once', mode: 'uefi' });

  t.match(await ipmitool('power on'), 'Up/On');
  t.match(await ipmitool('power status'), 'Chassis Power is on');
  t.strictSame(starts, ['disk']);
  t.match(await ipmitool('chassis bootparam get 5'), 'Force PXE');
  t.match(await ipmitool('power reset'), 'Reset');
  t.strictSame(starts, ['disk', 'network']);
  t.match(await ipmitool('chassis bootdev none'), 'Set Boot Device to none');
  t.strictSame(chassis.bootOverride().device, NO_OVERRIDE.device);
  t.match(await ipmitool('power soft'), 'Soft');
  t.equal(machine.presses(), 1);
  t.match(await ipmitool('chassis identify force'), 'indefinite');
  t.ok(chassis.isIdentifying());
  t.match(await ipmitool('chassis identify 0'), /exit 0$/);
  t.notOk(chassis.isIdentifying());
  t.match(await ipmitool('power off'), 'Down/Off');
  t.equal(chassis.power(), 'off');
  t.match(await ipmitool('power reset'), 'Unspecified error');
  t.match(await ipmitool('sensor list'), /Inlet1[^]*Sensor Reading +: 24/);
  t.strictSame(faults, []);
});

void t.test('emulated BMC: who may come in -> whoever has the password and a cipher', async (t) => {
  await using opened = await openTestBmc();
  const { bmc, ipmitool } = opened;

  t.match(await ipmitool('mc info', ['-U', 'nobody']), 'unauthorized name');
  t.match(await ipmitool('mc info', ['-P', 'wrong']), 'RAKP 2 HMAC is invalid');
  t.match(await ipmitool('mc info', ['-C', '0', '-P', 'wrong']), 'invalid authentication algorithm');
  bmc.lie('bmc.any-password', true);
  t.match(await ipmitool('mc info', ['-C', '0', '-P', 'wrong']), /exit 0$/);
  bmc.lie('bmc.wrong-password', true);
  t.match(await ipmitool('mc info'), 'RAKP 2 HMAC is invalid');
});

void t.test('emulated BMC: freeipmi, a client of other hands -> the same', async (t) => {
  await using opened = await openTestBmc();
  const { bmc, machine } = opened;
  const place = ['-h', `${bmc.address}:${bmc.port}`, '-u', 'admin', '-P', '-D', 'LAN_2_0', '-I', '3'];
  const ipmipower = async (wanted: string): Promise<string> => {
    const manner = ['-l', 'ADMIN', '-W', 'opensesspriv', wanted];
    const { output } = await runProcess({ argv: ['ipmipower', ...place, ...manner], input: `${PASSWORD}\n` });
    return output.toString();
  };

  t.match(await ipmipower('--stat'), 'off');
  t.match(await ipmipower('--on'), 'ok');
  t.match(await ipmipower('--stat'), 'on');
  t.equal(machine.chassis.power(), 'on');
});

void t.test('emulated BMC: serial over LAN -> both ways, and from the first byte on', async (t) => {
  await using opened = await openTestBmc();
  const { bmc, line } = opened;
  let heard = '';
  const news = new EventEmitter();
  const take = (bytes: Buffer): void => {
    heard += bytes.toString();
    news.emit('heard');
  };
  const place = ['-H', bmc.address, '-p', String(bmc.port), '-U', 'admin', '-E'];
  await using client = startProcess({
    argv: ['ipmitool', '-I', 'lanplus', ...place, '-C', '3', '-L', 'ADMINISTRATOR', 'sol', 'activate'],
    environment: { IPMI_PASSWORD: PASSWORD },
    input: 'pipe',
    onOutput: take,
    onErrorOutput: take,
  });
  const hears = async (text: string): Promise<void> => {
    while (!heard.includes(text)) await once(news, 'heard');
  };
  // Without a terminal it holds back what it has to say until there is more, but for this complaint.
  await hears('tcgetattr');
  line.say('SeaBIOS (version 1)\r\n');
  line.say('login: ');
  await hears('login: ');
  t.match(heard, 'SeaBIOS (version 1)');
  client.write('root\r');
  while (!line.typed().includes('root\r')) await line.nextTyped();
  t.equal(line.typed(), 'root\r');
});

void t.test('emulated BMC: every lie -> told, and the truth again', async (t) => {
  await using opened = await openTestBmc();
  const { bmc, machine, ipmitool } = opened;
  const { chassis } = machine;

  bmc.lie('bmc.power-on-ignored', true);
  t.match(await ipmitool('power on'), 'Up/On');
  t.equal(chassis.power(), 'off');
  bmc.lie('bmc.power-on-ignored', false);

  bmc.lie('bmc.stale-power', true);
  await ipmitool('power on');
  t.equal(chassis.power(), 'on');
  t.match(await ipmitool('power status'), 'Chassis Power is off');
  bmc.lie('bmc.stale-power', false);
  t.match(await ipmitool('power status'), 'Chassis Power is on');

  bmc.lie('bmc.boot-device-lost', true);
  t.match(await ipmitool('chassis bootdev disk'), 'Set Boot Device to disk');
  t.equal(chassis.bootOverride().device, null);
  t.match(await ipmitool('chassis bootparam get 5'), 'No override');
  bmc.lie('bmc.boot-device-lost', false);

  bmc.lie('bmc.needs-reset', true);
  t.match(await ipmitool('power status'), /Node busy/i);
  t.match(await ipmitool('mc reset cold'), /exit 0$/);
  t.match(await ipmitool('power status'), 'Chassis Power is on');

  bmc.lie('bmc.slow', true);
  t.match(await ipmitool('power status'), 'Chassis Power is on');
  bmc.lie('bmc.slow', false);

  bmc.lie('bmc.mute-after-burst', true);
  const answers = [1, 2, 3, 4].map(() => ipmitool('power status'));
  t.match((await Promise.all(answers)).join(''), 'exit 1');
  bmc.lie('bmc.mute-after-burst', false);
  t.match(await ipmitool('power status'), 'Chassis Power is on');

  chassis.setFeed('left 1', false);
  t.match(await ipmitool('power status'), 'exit 1', 'a BMC without power');
  chassis.setFeed('left 1', true);
  t.match(await ipmitool('power status'), 'Chassis Power is off');

  await bmc.die();
  t.match(await ipmitool('power status'), 'exit 1');
  await bmc.comeBack();
  t.match(await ipmitool('power status'), 'Chassis Power is off');
});

void t.test('emulated BMC: its power cycle ends with its first half -> off', async (t) => {
  await using opened = await openTestBmc();
  const { bmc, machine, ipmitool } = opened;
  const { chassis, starts } = machine;
  await chassis.setPower('on', new AbortController().signal);
  t.match(await ipmitool('power cycle'), 'Cycle');
  await until(chassis, () => chassis.power() === 'on');
  t.equal(starts.length, 2);
  bmc.lie('bmc.cycle-stays-off', true);
  t.match(await ipmitool('power cycle'), 'Cycle');
  t.equal(chassis.power(), 'off');
});
