import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FaultError } from '../../core/faults/fault.js';

/** The biggest installation images of the field are half of that. */
const MOST_BYTES = 16 * 2 ** 30;

/**
 * Gets images into a directory, for virtual drives: what BMCs do when they are told to insert a URL.
 * @throws FaultError RDF-022
 */
export function mediaFiles(directory: string): (url: string, signal: AbortSignal) => Promise<string> {
  let got = 0;
  return async (url, signal) => {
    got += 1;
    const file = join(directory, `medium-${got}.img`);
    try {
      const answer = await fetch(url, { signal });
      if (!answer.ok || answer.body === null) throw failed(url, `status ${answer.status}`);
      await pipeline(Readable.from(bounded(answer.body, url)), createWriteStream(file, { flags: 'wx' }), { signal });
      return file;
    } catch (thrown) {
      await rm(file, { force: true });
      throw thrown instanceof FaultError ? thrown : failed(url, whyOf(thrown), thrown);
    }
  };
}

async function* bounded(body: AsyncIterable<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  let size_bytes = 0;
  for await (const chunk of body) {
    size_bytes += chunk.length;
    if (size_bytes > MOST_BYTES) throw failed(url, `more than ${MOST_BYTES} bytes`);
    yield chunk;
  }
}

function failed(url: string, why: string, cause?: unknown): FaultError {
  return new FaultError({ code: 'RDF-022', kind: 'redfish.imageFailed', url: withoutSecrets(url), why }, cause);
}

/** User, password and query of a URL may be secrets, and a Fault tells what it holds. */
function withoutSecrets(text: string): string {
  return URL.canParse(text) ? `${new URL(text).origin}${new URL(text).pathname}` : 'that is none';
}

/** fetch hides what happened in its cause. */
function whyOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'it broke off';
}
