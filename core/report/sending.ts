import type { NodeId } from '../ids.js';

/** What went out of an image, in one stream to one node or in one session to several. */
export interface Sending {
  readonly image: string;
  readonly by: 'http' | 'multicast';
  readonly nodes: readonly NodeId[];
  /** Of the image, as it is sent. */
  readonly size_bytes: number;
  /** A stream's are the image's own; a session's are all of its datagrams with their headers, told at its end. */
  readonly sent_bytes: number;
}
