import * as z from 'zod';
import { PDU_MODELS } from '../power/pdu-models.js';
import { duration, instant, title } from './formats.js';
import { CONSOLE_WAYS, IPMI_PRIVILEGES, POWER_WAYS, SNMP_AUTHS, SNMP_PRIVACIES } from './hands.js';

export const pduName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "a PDU's name: lower-case letters, digits, dots, hyphens, underscores");

const word = z.string().min(1).max(4096);

export const secret = z.union([
  z.strictObject({
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of an environment variable'),
  }),
  z.strictObject({ file: word }),
  z.strictObject({ command: z.array(word).min(1).max(64) }),
]);

// RFC 1123 names, IPv4 and IPv6 addresses: what may stand in argv without being taken for an option.
const host = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,252}[A-Za-z0-9])?$/, "a host's name or address");

const port = z.int().min(1).max(65_535);

// IPMI 2.0 holds 16 bytes of a user name (table 22-29); Redfish more. A leading hyphen would be an option of argv.
const user = z.string().regex(/^[A-Za-z0-9_.@][A-Za-z0-9_.@\\-]{0,63}$/, 'a user name');

const wholeSeconds = z.string().regex(/^([1-9]|[12][0-9]|30)s$/, 'whole seconds from 1s to 30s');

const ipmi = z.strictObject({
  protocol: z.literal('ipmi'),
  address: host.optional(),
  port: port.default(623),
  user: user.max(16),
  password: secret,
  // 3 is what every BMC of IPMI 2.0 has to offer (section 13.20). Suite 0 lets anybody in, whatever the password.
  cipher_suite: z.int().min(1).max(17).default(3),
  privilege: z.enum(IPMI_PRIVILEGES).default('administrator'),
  answer: wholeSeconds.default('1s'),
  tries: z.int().min(1).max(10).default(2),
  // Boards with much memory take 10 to 20 s to report what they were told.
  settle: duration.default('30s'),
  // Capacitors of power supplies hold a board up for a second or two.
  off_for: duration.default('5s'),
  // Two minutes are common for a BMC's own start.
  restart: instant.default('180s'),
  boot_mode: z.enum(['legacy', 'uefi']).default('legacy'),
});

const redfish = z.strictObject({
  protocol: z.literal('redfish'),
  url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[A-Za-z0-9.:[\]_-]+\/?$/, 'an address such as https://10.0.0.5 or https://bmc7.example:8443')
    .optional(),
  system: z.string().min(1).max(256).optional(),
  user,
  password: secret,
  // The mapping first: of a union's branches the first that knows all keys is the one that was meant.
  tls: z.union([z.strictObject({ ca: word }), z.enum(['verify', 'insecure'])]).default('verify'),
  settle: duration.default('45s'),
  off_for: duration.default('3s'),
});

const OUTLET = "an outlet's number such as 3, or '2.1.3' where outlets stand in units and banks";

const outletNumber = z.union([
  z.int({ error: OUTLET }).min(1, OUTLET).max(65_535, OUTLET),
  z.string({ error: OUTLET }).regex(/^[1-9][0-9]{0,4}(\.[1-9][0-9]{0,4}){0,3}$/, OUTLET),
]);

const outlet = z.strictObject({ pdu: pduName, outlet: outletNumber });

/** What a node's entry says of its power and its BMC. */
export const handsShape = {
  power: z.enum(POWER_WAYS).optional(),
  bmc: z.discriminatedUnion('protocol', [ipmi, redfish]).optional(),
  outlets: z.array(outlet).min(1).max(8).optional(),
  console: z.enum(CONSOLE_WAYS).default('direct'),
};

const oid = z.string().regex(/^\.?1(\.(0|[1-9][0-9]{0,9})){1,126}$/, 'an object identifier such as 1.3.6.1.4.1.318');

const pduFacts = {
  model: z.enum(PDU_MODELS),
  address: host.optional(),
  port: port.default(161),
  control: z
    .strictObject({
      state: oid,
      command: oid.optional(),
      on: z.int(),
      off: z.int(),
      command_on: z.int().optional(),
      command_off: z.int().optional(),
    })
    .optional(),
  pause: duration.optional(),
  budget: z.strictObject({ switchings: z.int().min(1).max(1_000), within: duration }).optional(),
  banks: z.record(pduName, z.array(outletNumber).min(1).max(1_000)).optional(),
};

export const pdu = z.discriminatedUnion('version', [
  z.strictObject({ ...pduFacts, version: z.literal([1, '2c']), community: secret }),
  z.strictObject({
    ...pduFacts,
    version: z.literal(3),
    user: title,
    auth: z.strictObject({ protocol: z.enum(SNMP_AUTHS), password: secret }).optional(),
    privacy: z.strictObject({ protocol: z.enum(SNMP_PRIVACIES), password: secret }).optional(),
  }),
]);
export type PduFile = z.infer<typeof pdu>;
export type SecretFile = z.infer<typeof secret>;
export type HandsFile = z.infer<z.ZodObject<typeof handsShape>>;
