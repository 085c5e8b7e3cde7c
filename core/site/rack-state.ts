import * as z from 'zod';

const port = z.int().min(1).max(65_535);
const endpoint = z.strictObject({ address: z.string(), port });
const schema = z.strictObject({
  version: z.literal(1),
  /** The process that keeps the rack up. */
  pid: z.int().positive(),
  /** Path of the site file. */
  site: z.string(),
  /** Node -> where its BMC listens, over UDP. */
  ipmi: z.record(z.string(), endpoint),
  /** Node -> its service, without `/redfish/v1`, and the file with the certificate that it shows. */
  redfish: z.record(z.string(), z.strictObject({ url: z.string(), certificate: z.string() })),
  /** PDU -> where its agent listens, over UDP. */
  pdus: z.record(z.string(), endpoint),
});

/** Where the BMCs and PDUs of an emulated rack that is up are to be found. No secrets. */
export type RackState = z.infer<typeof schema>;

/** @returns null for what is no such thing */
export function parseRackState(text: string): RackState | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
