import type { Context, Router } from 'zeromq';
import { mayAct } from '../../core/bus/role.js';
import { NEEDED, type SocketName } from './address.js';
import { z85 } from './key-file.js';
import type { RackKeys } from './keychain.js';
import { RECEIVE_TIMEOUT_MS, type ZeroMq } from './load.js';
import { receiving } from './pump.js';

/**
 * Answers who is let in. libzmq asks at this address for each handshake on a socket that has a zapDomain; where nobody
 * answers to it, everybody that knows the rack's public key is let in.
 * @see https://rfc.zeromq.org/spec/27 (ZAP)
 */
export class Gate {
  readonly #zap: Router;
  readonly #keys: RackKeys;
  readonly #letIn = new Set<string>();

  private constructor(zap: Router, keys: RackKeys) {
    this.#zap = zap;
    this.#keys = keys;
  }

  /** @param context one for each gate, as there is one such address in each */
  static async open(zmq: ZeroMq, context: Context, keys: RackKeys): Promise<Gate> {
    const zap = new zmq.Router({ context, receiveTimeout: RECEIVE_TIMEOUT_MS, linger: 0 });
    await zap.bind('inproc://zeromq.zap.01');
    const gate = new Gate(zap, keys);
    void receiving(zap, (message) => void gate.#answer(message));
    return gate;
  }

  /** Whether somebody was let in whose key is not known any more, or may do less; asked once, it is forgotten. */
  hasOutcast(): boolean {
    const outcasts = [...this.#letIn].filter((pass) => {
      const [domain = '', key = ''] = pass.split(' ');
      return !this.#isKnown(domain, key);
    });
    for (const pass of outcasts) this.#letIn.delete(pass);
    return outcasts.length > 0;
  }

  close(): void {
    this.#zap.close();
  }

  async #answer(message: readonly Buffer[]): Promise<void> {
    const cut = message.findIndex((part) => part.length === 0) + 1;
    const [version = '', request = '', domain = '', , , mechanism = '', credentials] = message.slice(cut);
    const key = String(mechanism) === 'CURVE' && credentials?.length === 32 ? z85(credentials) : '';
    const isIn = this.#isKnown(String(domain), key);
    if (isIn) this.#letIn.add(`${String(domain)} ${key}`);
    const verdict = isIn ? ['200', 'OK', key, ''] : ['400', 'not for this key', '', ''];
    await this.#zap.send([...message.slice(0, cut), version, request, ...verdict]).catch(() => {});
  }

  #isKnown(domain: string, key: string): boolean {
    if (!Object.hasOwn(NEEDED, domain) || key === '') return false;
    const holder = this.#keys.holderOf(key);
    return holder !== null && mayAct(holder.role, NEEDED[domain as SocketName]);
  }
}
