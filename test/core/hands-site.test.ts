import fc from 'fast-check';
import t from 'tap';
import { says } from '../../core/faults/fault.js';
import { parseSite, siteProblems } from '../../core/site/parse.js';

/** A site with these lines under its nodes, and these at its end. */
function siteWith(nodes: readonly string[], tail: readonly string[] = []): string {
  return [
    'version: 1',
    'name: hands',
    'network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }',
    'boot_file: undionly.kpxe',
    'iqn: iqn.2026-11.example.metalrig',
    'images: { lucid: { kind: root } }',
    'nodes:',
    ...nodes.map((line, index) => {
      const usual = `mac: 52:54:00:99:00:1${index}, address: 10.99.0.1${index}, image: lucid`;
      return `  n${index}: { ${usual}, ${line} }`;
    }),
    ...tail,
  ].join('\n');
}

/** What stands from line 8 on, with the remedy. */
function told(text: string): readonly string[] {
  return siteProblems(text, 'a.site.yaml').map(({ line, what, mend }) => `${line}: ${what}. ${mend}`);
}

const IPMI_TIMING = { answer_s: 1, tries: 2, restart_ms: 180_000, settle_ms: 30_000, offFor_ms: 5_000 };

const password = 'password: { env: BMC_PASSWORD }';
const ipmi = (more = ''): string => `bmc: { protocol: ipmi, user: admin, ${password}${more} }`;
const redfish = (more = ''): string => `bmc: { protocol: redfish, user: admin, ${password}${more} }`;

void t.test('hands: nodes with a BMC, outlets, or neither -> how each is switched, defaults filled in', async (t) => {
  const site = parseSite(
    siteWith(
      [
        'world: emulated',
        'world: real',
        `world: emulated, ${ipmi()}`,
        `world: real, ${redfish(', url: https://10.0.0.5/, system: "1", tls: { ca: ca.pem }')}`,
        'world: sim, outlets: [{ pdu: left, outlet: 3 }]',
        `world: real, power: wake-on-lan, ${ipmi(', address: bmc5.example, port: 6230')}`,
      ],
      [
        'pdus:',
        '  left: { model: apc-rpdu, version: 2c, community: { file: ./c }, pause: 2s }',
        '  right: { model: raritan-px2, version: 3, user: u, auth: { protocol: sha, password: { command: [pass] } },',
        '           budget: { switchings: 4, within: 10s }, banks: { a: [1, 2], b: ["2.1.3"] } }',
      ],
    ),
    'a',
  );
  const secret = { from: 'env', name: 'BMC_PASSWORD' };
  t.strictSame(
    site.nodes.map((node) => [node.power, node.bmc, node.outlets]),
    [
      ['direct', null, []],
      ['manual', null, []],
      [
        'ipmi',
        {
          protocol: 'ipmi',
          address: null,
          port: 623,
          user: 'admin',
          password: secret,
          cipherSuite: 3,
          privilege: 'administrator',
          timing: IPMI_TIMING,
          isUefi: false,
        },
        [],
      ],
      [
        'redfish',
        {
          protocol: 'redfish',
          url: 'https://10.0.0.5',
          system: '1',
          user: 'admin',
          password: secret,
          tls: { kind: 'ca', file: 'ca.pem' },
          timing: { settle_ms: 45_000, offFor_ms: 3_000 },
        },
        [],
      ],
      ['pdu', null, [{ pdu: 'left', outlet: '3' }]],
      [
        'wake-on-lan',
        {
          protocol: 'ipmi',
          address: 'bmc5.example',
          port: 6230,
          user: 'admin',
          password: secret,
          cipherSuite: 3,
          privilege: 'administrator',
          timing: IPMI_TIMING,
          isUefi: false,
        },
        [],
      ],
    ],
  );
  const usual = { address: null, port: 161, control: null };
  t.strictSame(site.pdus, [
    {
      ...usual,
      name: 'left',
      model: 'apc-rpdu',
      login: { version: '2c', community: { from: 'file', path: './c' } },
      pause_ms: 2_000,
      budget: null,
      banks: new Map(),
    },
    {
      ...usual,
      name: 'right',
      model: 'raritan-px2',
      login: {
        version: '3',
        user: 'u',
        auth: { protocol: 'sha', password: { from: 'command', argv: ['pass'] } },
        privacy: null,
      },
      pause_ms: 0,
      budget: { switchings: 4, within_ms: 10_000 },
      banks: new Map([
        ['a', ['1', '2']],
        ['b', ['2.1.3']],
      ]),
    },
  ]);
});

void t.test(
  'hands: a console by serial over LAN, and how long a BMC and its machine may take -> as written',
  async (t) => {
    const slow = ', answer: 3s, tries: 4, settle: 2m, off_for: 10s, restart: 0s, boot_mode: uefi';
    const { nodes } = parseSite(siteWith(['world: sim', `world: emulated, console: sol, ${ipmi(slow)}`]), 'a');
    t.strictSame(
      nodes.map(({ console }) => console),
      ['direct', 'sol'],
    );
    t.match(nodes[1]?.bmc, {
      timing: { answer_s: 3, tries: 4, settle_ms: 120_000, offFor_ms: 10_000, restart_ms: 0 },
      isUefi: true,
    });
  },
);

const LEFT = ['pdus:', '  left: { model: apc-rpdu, version: 1, community: { env: C } }'];

/** What is written, and the first problem of it. */
const MISTAKES: readonly (readonly [nodes: readonly string[], tail: readonly string[], told: RegExp])[] = [
  [['world: sim, power: ipmi'], [], /^8: the power of n0 goes through ipmi, and it has no bmc\. Give it bmc/],
  [[`world: sim, power: redfish, ${ipmi()}`], [], /^8: .* a bmc of protocol ipmi\. .*or write ipmi\.$/],
  [['world: sim, power: pdu'], [], /^8: the power of n0 goes through a PDU, and it has no outlets\. /],
  [['world: real, power: direct'], [], /^8: n0 is real, and nothing switches it directly\. /],
  [['world: sim, console: sol'], [], /^8: the console of n0 comes by serial over LAN, and it has no bmc\. Give it bmc/],
  [[`world: sim, console: sol, ${redfish()}`], [], /^8: the console of n0 .* a bmc of protocol redfish\. /],
  [[`world: sim, ${ipmi(', answer: 1500ms')}`], [], /^8: "1500ms" is not whole seconds from 1s to 30s\. /],
  [['world: sim, power: impi'], [], /^8: "impi" is not a known power\. Did you mean ipmi\? /],
  [[`world: real, ${ipmi()}`], [], /^8: the bmc of n0, which is real, has no address\. Add address, such as/],
  [[`world: real, ${redfish()}`], [], /^8: the bmc of n0, which is real, has no url\. Add url, such as https/],
  [[`world: real, ${ipmi(', address: -oops')}`], [], /^8: "-oops" is not a host's name or address\. /],
  [[`world: sim, ${ipmi(', cipher_suite: 0')}`], [], /^8: 0 is too little\. Give at least 1\.$/],
  [[`world: sim, ${ipmi(', tls: verify')}`], [], /^8: unknown key "tls"\. /],
  [[`world: sim, ${redfish(', tls: no')}`], [], /^8: "no" is not a known tls\. Known here: verify, insecure\.$/],
  [[`world: sim, ${redfish(', tls: { cert: x }')}`], [], /^8: unknown key "cert"\. /],
  [[`world: sim, ${redfish(', url: 10.0.0.5')}`], [], /^8: "10\.0\.0\.5" is not an address such as https/],
  [['world: sim, bmc: { protocol: ilo, user: a }'], [], /^8: "ilo" is not a known protocol\. /],
  [['world: sim, bmc: { protocol: ipmi, user: a, password: hunter2 }'], [], /^8: the password itself has no place/],
  [['world: sim, bmc: { protocol: ipmi, user: a }'], [], /^8: bmc lacks the key "password"\. /],
  [['world: sim, bmc: { protocol: ipmi, user: -v, password: { env: X } }'], [], /^8: "-v" is not a user name\. /],
  [['world: sim, outlets: [{ pdu: lfet, outlet: 3 }]'], LEFT, /^8: there is no PDU "lfet" in this file\. Did you/],
  [['world: sim, outlets: [{ pdu: left, outlet: 3 }]'], [], /^8: there is no PDU "left" in this file\. Describe it/],
  [['world: sim, outlets: [{ pdu: left, outlet: 0 }]'], LEFT, /^8: 0 is too little\. /],
  [['world: sim, outlets: [{ pdu: left, outlet: A4 }]'], LEFT, /^8: "A4" is not an outlet's number such as 3, or/],
  [
    ['world: sim, outlets: [{ pdu: left, outlet: 3 }]', 'world: sim, outlets: [{ pdu: left, outlet: 3 }]'],
    LEFT,
    /^9: outlet 3 of left feeds n0 already\. /,
  ],
  [['world: real, outlets: [{ pdu: left, outlet: 3 }]'], LEFT, /^10: the PDU left feeds real nodes, and has no addr/],
  [
    [`world: real, ${ipmi(', address: a')}`, `world: real, ${ipmi(', address: A')}`],
    [],
    /^9: the bmc of n0 has this address already\. /,
  ],
  [['world: sim'], ['pdus:', '  left: { model: apc, version: 1, community: { env: C } }'], /^10: "apc" is not a known/],
  [
    ['world: sim'],
    ['pdus:', '  left: { model: apc-rpdu, version: 4, community: { env: C } }'],
    /^10: 4 is not a known/,
  ],
  [
    ['world: sim'],
    ['pdus:', '  left: { model: apc-rpdu, version: 1, community: public }'],
    /^10: the community itself/,
  ],
  [
    ['world: sim'],
    ['pdus:', '  left: { model: generic, version: 1, community: { env: C } }'],
    /^10: left is of no mod/,
  ],
  [
    ['world: sim'],
    ['pdus:', '  left: { model: raritan-px2, version: 3, user: u, privacy: { protocol: aes, password: { env: C } } }'],
    /^10: SNMP keeps nothing private without auth\. /,
  ],
];

for (const [nodes, tail, first] of MISTAKES) {
  void t.test(`hands: ${[...nodes, ...tail].join(' ')} -> ${first.source}`, async (t) => {
    t.match(told(siteWith(nodes, tail))[0], first);
  });
}

void t.test('hands: for every password or community written into the file itself, no message repeats it', async () => {
  const secrets = fc.stringMatching(/^[a-z]{8,20}[0-9]{2}$/);
  const shapes = fc.constantFrom(
    (text: string) => text,
    (text: string) => `[${text}]`,
    (text: string) => `{ env: "${text} ${text}" }`,
    (text: string) => `{ ${text}: 1 }`,
    (text: string) => `{ command: ${text} }`,
    (text: string) => `{ command: [${text}], file: ${text} }`,
  );
  fc.assert(
    fc.property(secrets, shapes, fc.boolean(), (secret, shape, isPdu) => {
      const text = isPdu
        ? siteWith(['world: sim'], ['pdus:', `  left: { model: raritan-px2, version: 1, community: ${shape(secret)} }`])
        : siteWith([`world: sim, bmc: { protocol: ipmi, user: admin, password: ${shape(secret)} }`]);
      const faults = siteProblems(text, 'a');
      return faults.length > 0 && !faults.some((fault) => `${says(fault)} ${fault.mend}`.includes(secret));
    }),
  );
});
