import t from 'tap';
import { seededRandom } from '../../../../core/random.js';
import { openNetbootMemory } from '../../../../drivers/wire/services/netboot-memory.js';
import { openDhcp } from '../../../../drivers/wire/services/dhcp/server.js';
import { fileOf } from '../../../../drivers/wire/services/tftp/file.js';
import { bindTftp, openTftp } from '../../../../drivers/wire/services/tftp/server.js';
import { LAB_CLIENT_MAC, LAB_SERVER, ipv4, isInLab, openLab } from './lab.js';

if (await isInLab(t, import.meta.url)) {
  const lab = await openLab();
  const memory = openNetbootMemory();
  const dhcp = openDhcp({
    clock: lab.clock,
    server: LAB_SERVER,
    subnet: {
      mask: ipv4('255.255.0.0'),
      router: LAB_SERVER,
      nameServers: [LAB_SERVER],
      domain: 'lab.example',
      lease_s: 3600,
    },
    nodes: (mac) =>
      mac === LAB_CLIENT_MAC
        ? {
            address: ipv4('10.99.0.101'),
            hostName: 'root1',
            bootFile: 'undionly.kpxe',
            rootPath: 'iscsi:10.99.0.1:::1:iqn.2026-01.example:root1',
            initiatorName: 'iqn.2026-01.example:node:root1',
          }
        : null,
    range: { first: ipv4('10.99.1.0'), last: ipv4('10.99.250.255') },
    memory,
  });
  lab.host.bindUdp(67, dhcp.service);
  const random = seededRandom(1);
  const big = Buffer.from(Array.from({ length: 16 << 20 }, () => random.next() * 256));
  const files = new Map([['big', big]]);
  const tftp = openTftp({
    clock: lab.clock,
    files: (name) => {
      const f = files.get(name);
      return f ? fileOf(f) : null;
    },
    onLoaded: (mac) => memory.markBootFileLoaded(mac),
  });
  bindTftp(tftp, (port, service) => lab.host.bindUdp(port, service));
  for (const c of (process.env['TRY'] ?? 'udhcpc -i vx0 -n -q -f -t 3 -T 1 -s /bin/true').split(';;')) {
    const p = process.cpuUsage();
    const r = await lab.run(c);
    const q = process.cpuUsage(p);
    console.error(c, r.exitCode, '\n' + r.output, 'CPU ms', (q.user + q.system) / 1000);
  }
  console.error(lab.uplink.counters(), lab.host.counters());
  t.pass();
  await lab.close();
}
