import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the package lies: scenarios and docs are found from here, wherever it was installed. */
export const PACKAGE_ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Name and version of this program and of what decides how its machines step. */
export function ownVersions(): Readonly<Record<string, string>> {
  const { name, version, dependencies } = packageFacts();
  return { [name]: version, node: process.versions.node, xstate: dependencies.xstate };
}

interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly dependencies: { readonly xstate: string };
}

function packageFacts(): PackageFacts {
  // Our own file, shipped with us: its shape is known.
  return JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as PackageFacts;
}
