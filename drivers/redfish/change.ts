import { faultOf } from '../../core/faults/fault.js';
import type { Read } from './answers.js';
import type { Call } from './call.js';
import type { RedfishClient } from './client.js';
import type { JsonObject } from './json.js';

/** How often a change is tried that somebody else comes before. */
const MOST_TRIES = 3;

export interface Change {
  readonly client: RedfishClient;
  /** The resource as it was read last. */
  readonly read: Read;
  /** The body of the PATCH, of the resource as it is now. */
  readonly make: (now: Read) => JsonObject;
}

/**
 * Changes a resource as it was read; one that was changed meanwhile is read again. A weak tag is offered as it is, as
 * most services take it back, and then as the strong one in it, which If-Match needs (RFC 9110, section 13.1.1).
 *
 * @throws FaultError RDF-011 when the tag never fits
 */
export async function changed({ client, read, make }: Change, call: Call): Promise<void> {
  let now = read;
  for (let tries = 1; ; tries += 1) {
    const etag = tries > 1 ? strongOf(now.etag) : now.etag;
    try {
      return await client.patch({ path: now.path, etag }, make(now), call);
    } catch (thrown) {
      if (faultOf(thrown)?.code !== 'RDF-011' || tries >= MOST_TRIES) throw thrown;
      now = await client.get(now.path, call);
    }
  }
}

function strongOf(etag: string | null): string | null {
  return etag === null ? null : etag.replace(/^W\//, '');
}
