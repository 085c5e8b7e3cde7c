import type { NodeId } from './ids.js';

/** Where the HTTP service of a site has the script that a mesh node's iPXE is told to load. */
export function scriptPath(node: NodeId): string {
  return `/boot/${node}.ipxe`;
}
