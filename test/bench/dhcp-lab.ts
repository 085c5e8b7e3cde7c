import { openDhcp } from '../../drivers/wire/services/dhcp/server.js';
import { openNetbootMemory } from '../../drivers/wire/services/netboot-memory.js';
import { LAB_SERVER, ipv4, openLab } from '../drivers/wire/services/lab.js';

// Program, to be run in network and mount namespaces of its own: perfdhcp against our DHCP server, through the uplink.
// Words: what perfdhcp is given. Prints its output.

const lab = await openLab();
const dhcp = openDhcp({
  clock: lab.clock,
  server: LAB_SERVER,
  subnet: { mask: ipv4('255.255.0.0'), router: null, nameServers: [], domain: null, lease_s: 3_600 },
  nodes: () => null,
  range: { first: ipv4('10.99.1.0'), last: ipv4('10.99.250.255') },
  memory: openNetbootMemory(),
});
lab.host.bindUdp(67, dhcp.service);
const { output } = await lab.run(`perfdhcp -4 -l vx0 ${process.argv.slice(2).join(' ')} 10.99.0.1`);
process.stdout.write(output);
await lab.close();
