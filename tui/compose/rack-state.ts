import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';

const endpoint = z.strictObject({ address: z.string(), port: z.number() });
const schema = z.strictObject({
  version: z.literal(1),
  /** Who keeps the rack up. */
  pid: z.number(),
  site: z.string(),
  /** Node -> where its BMC listens. */
  ipmi: z.record(z.string(), endpoint),
  /** Node -> the service's URL, without `/redfish/v1`. */
  redfish: z.record(z.string(), z.string()),
  /** PDU -> where its agent listens. */
  pdus: z.record(z.string(), endpoint),
});

/** Where the BMCs and PDUs of an emulated rack that is up are to be found. No secrets. */
export type RackState = z.infer<typeof schema>;

/** The file that tells of the rack of a site file; for its owner alone, since what it says is acted on. */
export function rackStateFile(siteFile: string): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const base = runtime !== undefined && existsSync(runtime) ? runtime : tmpdir();
  const directory = join(base, `metalrig-${process.getuid?.() ?? 0}`);
  const name = createHash('sha256').update(resolve(siteFile)).digest('hex').slice(0, 16);
  return join(directory, `${name}.rack.json`);
}

export function writeRackState(state: RackState): void {
  const file = rackStateFile(state.site);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(state, null, 1)}\n`, { mode: 0o600 });
}

export function removeRackState(siteFile: string): void {
  rmSync(rackStateFile(siteFile), { force: true });
}

/** @returns null when no rack of that site is up */
export function readRackState(siteFile: string): RackState | null {
  const file = rackStateFile(siteFile);
  if (!existsSync(file)) return null;
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success && existsSync(`/proc/${parsed.data.pid}`) ? parsed.data : null;
}
