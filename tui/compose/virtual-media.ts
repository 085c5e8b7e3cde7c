import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Brings the file behind a URL into a directory, one file a medium.
 * @returns a function from a URL to the file's path; it rejects where there is nothing to be had
 */
export function mediaIn(directory: string, node: string): (url: string, signal: AbortSignal) => Promise<string> {
  let count = 0;
  return async (url, signal) => {
    const { protocol } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`no medium comes by ${protocol}`);
    const answer = await fetch(url, { signal });
    if (!answer.ok || answer.body === null) throw new Error(`the server of the medium says ${answer.status}`);
    count += 1;
    const path = join(directory, `${node}.medium${count}`);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(path), { signal });
    return path;
  };
}
