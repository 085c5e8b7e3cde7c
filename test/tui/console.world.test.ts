import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startProcess } from '../../drivers/process/start.js';
import { openTestBmc, PASSWORD } from '../drivers/ipmi/test-bmc.js';
import { metalrig, ROOT } from '../run-metalrig.js';
import { consoleSite } from './console-site.js';

void t.test('console: a node talks, is typed to, boots again -> heard, held, recorded, left by ~.', async (t) => {
  await using opened = await openTestBmc();
  const { directory, config, serial } = opened;
  await serial.plugged();
  const site = join(directory, 'a.site.yaml');
  const access = 'protocol: ipmi, address: 127.0.0.1, user: admin, password: { env: BMC_PASSWORD }';
  writeFileSync(site, consoleSite(`world: real, power: ipmi, bmc: { ${access}, port: ${config.port} }`));
  const record = join(directory, 'n1.cast');
  const words = ['console', 'n1', '--site', site, '--json', '--record', record];
  const environment = { BMC_PASSWORD: PASSWORD };
  let out = '';
  let awake: () => void = () => {};
  const shown = async (text: string): Promise<void> => {
    while (!out.includes(text)) await new Promise<void>((resolve) => void (awake = resolve));
  };
  const running = startProcess({
    argv: [process.execPath, join(ROOT, 'dist', 'bundle', 'main.js'), ...words],
    environment,
    input: 'pipe',
    onOutput(bytes) {
      out += bytes.toString('utf8');
      awake();
    },
  });
  await shown('"attached"');
  serial.say('caf\u00c3\u00a9\r\nn1 login: ');
  await shown('"side":"login","isAsked":true');
  running.write('root\r');
  t.ok((await serial.heard('root\r')).endsWith('root\r'));
  serial.say('\r\nSeaBIOS (version 1.16.2)\r\n');
  await shown('"side":"firmware"');
  running.write('\u0003');
  await shown('CON-004');
  running.write('~!\u0003');
  await serial.heard('\u0003');
  running.write('\r~.');
  t.match(await running.ended, { exitCode: 0 });
  t.match(out, /"type":"heard","at":[\d.]+,"text":"caf\u00e9/);
  t.match(
    out.trim().split('\n').at(-1),
    /^\{"type":"report","version":1,"node":"n1","left":"left","heard_bytes":\d+\}$/,
  );
  const [header = '', first = ''] = readFileSync(record, 'utf8').split('\n');
  t.match(header, /"title":"console of n1"/);
  t.match(first, /^\[[\d.]+,"o","caf/);
  t.notMatch(out + readFileSync(record, 'utf8'), PASSWORD);

  const refused = await metalrig(words.slice(0, 4), { environment: { BMC_PASSWORD: 'wrong' } });
  t.equal(refused.code, 1);
  t.match(refused.err, /IPM-002 the BMC of n1 at 127\.0\.0\.1:\d+ refuses the password of admin/);
});
