import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Role } from '../../core/bus/role.js';
import { FaultError } from '../../core/faults/fault.js';
import { assert } from '../../core/unreachable.js';
import { KEY_NAME, keyText, parseKey, type KeyFile } from './key-file.js';
import { loadZeroMq } from './load.js';

const PUBLIC = '.key';
const SECRET = '.key_secret';
/** The rack's own pair has this name. */
const RACK = 'rack';
const FOR_GROUP_AND_OTHERS = 0o077;

/** What the rack's sockets need. */
export interface RackKeys {
  readonly secretKey: string;
  /** Whoever holds that public key; null: nobody that we know. Looked up at every handshake. */
  readonly holderOf: (publicKey: string) => KeyHolder | null;
}

export interface KeyHolder {
  readonly name: string;
  readonly role: Role;
}

/** What a component's sockets need. */
export interface ComponentKeys {
  readonly role: Role;
  readonly publicKey: string;
  readonly secretKey: string;
  readonly rackKey: string;
}

/** A folder of key pairs: the rack's, and one for each component that may come. */
export class Keychain {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get isThere(): boolean {
    return existsSync(this.#file(RACK, PUBLIC));
  }

  /** Makes the rack's pair. @throws FaultError BUS-015, BUS-017 */
  async init(): Promise<void> {
    guarded(this.folder, () => {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      chmodSync(this.folder, 0o700);
    });
    await this.#make(RACK, 'rack', null);
  }

  /**
   * Makes a component's pair.
   * @param name of the form `KEY_NAME`
   * @returns the file to give to it
   * @throws FaultError BUS-009 before `init`, BUS-014, BUS-015, BUS-017
   */
  async add(name: string, role: Role): Promise<string> {
    const rack = this.#read(RACK, PUBLIC);
    return this.#make(name, role, rack.publicKey);
  }

  /** By name. @throws FaultError BUS-009, BUS-014, BUS-017 */
  list(): readonly KeyHolder[] {
    return this.#holders().map(({ name, role }) => ({ name, role }));
  }

  /** @throws FaultError BUS-009, BUS-017 */
  revoke(name: string): void {
    if (name === RACK || !KEY_NAME.test(name) || !existsSync(this.#file(name, PUBLIC))) throw this.#missing(name);
    guarded(this.#file(name, PUBLIC), () => {
      rmSync(this.#file(name, SECRET), { force: true });
      rmSync(this.#file(name, PUBLIC));
    });
  }

  /** @throws FaultError BUS-008, BUS-009, BUS-014 */
  rackKeys(): RackKeys {
    const { secretKey } = readSecret(this.#file(RACK, SECRET), () => this.#missing(RACK));
    const holderOf = (publicKey: string): KeyHolder | null => {
      return this.#holders().find((holder) => holder.publicKey === publicKey) ?? null;
    };
    return { secretKey, holderOf };
  }

  /** @throws FaultError BUS-008, BUS-009, BUS-014 */
  componentKeys(name: string): ComponentKeys {
    return componentKeysIn(this.#file(name, SECRET), () => this.#missing(name));
  }

  #holders(): readonly (KeyHolder & { readonly publicKey: string })[] {
    if (!this.isThere) throw this.#missing(RACK);
    const names = guarded(this.folder, () => readdirSync(this.folder)).filter((file) => file.endsWith(PUBLIC));
    return names.sort().flatMap((file) => {
      const { role, publicKey } = this.#read(basename(file, PUBLIC), PUBLIC);
      return role === 'rack' ? [] : [{ name: basename(file, PUBLIC), role, publicKey }];
    });
  }

  async #make(name: string, role: KeyFile['role'], rackKey: string | null): Promise<string> {
    const { folder } = this;
    assert(KEY_NAME.test(name), 'a key has a name');
    if (existsSync(this.#file(name, PUBLIC)))
      throw new FaultError({ code: 'BUS-015', kind: 'key.exists', name, folder });
    const { curveKeyPair } = await loadZeroMq();
    const key = { name, role, rackKey, ...curveKeyPair() };
    const file = this.#file(name, SECRET);
    // Made with its mode, so that it is at no time open to others.
    guarded(file, () => {
      writeFileSync(file, keyText(key), { mode: 0o600, flag: 'wx' });
      writeFileSync(this.#file(name, PUBLIC), keyText({ ...key, secretKey: null }), { mode: 0o644 });
    });
    return file;
  }

  #read(name: string, ending: string): KeyFile {
    return readKey(this.#file(name, ending), () => this.#missing(name));
  }

  #file(name: string, ending: string): string {
    return join(this.folder, `${name}${ending}`);
  }

  #missing(name: string): FaultError {
    return new FaultError({ code: 'BUS-009', kind: 'key.missing', name, folder: this.folder });
  }
}

/** A component's pair, wherever it was put. @throws FaultError BUS-008, BUS-009, BUS-014 */
export function componentKeysIn(file: string, missing: () => FaultError = missingAt(file)): ComponentKeys {
  const { role, publicKey, secretKey, rackKey } = readSecret(file, missing);
  if (role === 'rack' || rackKey === null) throw damaged(file, 'it is not for a component');
  return { role, publicKey, secretKey, rackKey };
}

function missingAt(file: string): () => FaultError {
  return () => new FaultError({ code: 'BUS-009', kind: 'key.missing', name: basename(file), folder: join(file, '..') });
}

function readSecret(file: string, missing: () => FaultError): KeyFile & { readonly secretKey: string } {
  const key = readKey(file, missing);
  const mode = statSync(file).mode & 0o777;
  if ((mode & FOR_GROUP_AND_OTHERS) !== 0) {
    throw new FaultError({ code: 'BUS-008', kind: 'key.exposed', file, mode: mode.toString(8).padStart(4, '0') });
  }
  if (key.secretKey === null) throw damaged(file, 'it has no secret key');
  return { ...key, secretKey: key.secretKey };
}

function readKey(file: string, missing: () => FaultError): KeyFile {
  if (!existsSync(file)) throw missing();
  const key = parseKey(guarded(file, () => readFileSync(file, 'utf8')));
  if (typeof key === 'string') throw damaged(file, key);
  return key;
}

function guarded<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'BUS-017', kind: 'keys.unusable', file, why }, thrown);
  }
}

function damaged(file: string, what: string): FaultError {
  return new FaultError({ code: 'BUS-014', kind: 'key.damaged', file, what });
}
