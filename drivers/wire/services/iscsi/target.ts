import { randomBytes } from 'node:crypto';
import type { IscsiEvent } from './events.js';
import { LogicalUnit } from './scsi/logical-unit.js';
import type { Session } from './session.js';
import type { LunConfig, TargetConfig } from './target-config.js';

export interface TargetOptions {
  readonly observe?: (event: IscsiEvent) => void;
  /** Where CHAP challenges come from; a run that must repeat itself gives its own. */
  readonly randomBytes?: (length: number) => Buffer;
}

/** One target: its units, and who is logged in. */
export class Target {
  readonly config: TargetConfig;
  readonly sessions = new Set<Session>();
  #isAttached = false;
  #units: ReadonlyMap<number, LogicalUnit> = new Map();
  #luns: readonly number[] = [];

  constructor(config: TargetConfig) {
    this.config = config;
    if (config.lunsAtLogin === undefined) this.#attach(config.luns);
  }

  get units(): ReadonlyMap<number, LogicalUnit> {
    return this.#units;
  }

  /** In order. */
  get luns(): readonly number[] {
    return this.#luns;
  }

  /** Before somebody joins. @returns false where there is nothing to log in to */
  attach(): boolean {
    if (!this.#isAttached) this.#attach(this.config.lunsAtLogin?.() ?? null);
    return this.#isAttached;
  }

  #attach(luns: readonly LunConfig[] | null): void {
    if (luns === null) return;
    this.#isAttached = true;
    this.#luns = luns.map(({ number }) => number).sort((left, right) => left - right);
    this.#units = new Map(luns.map((lun) => [lun.number, new LogicalUnit(lun)]));
  }

  join(session: Session): void {
    this.sessions.add(session);
    for (const unit of this.units.values()) unit.join(session.name);
  }

  leave(session: Session): void {
    if (!this.sessions.delete(session)) return;
    for (const unit of this.units.values()) unit.leave(session.name);
  }
}

/** All targets behind one portal. Targets may come and go while it serves. */
export class TargetSet {
  readonly observe: (event: IscsiEvent) => void;
  readonly randomBytes: (length: number) => Buffer;
  readonly #targets = new Map<string, Target>();
  #lastHandle = 0;

  constructor(configs: readonly TargetConfig[], options: TargetOptions = {}) {
    this.observe = options.observe ?? (() => undefined);
    this.randomBytes = options.randomBytes ?? randomBytes;
    for (const config of configs) this.add(config);
  }

  add(config: TargetConfig): void {
    this.remove(config.iqn);
    this.#targets.set(config.iqn.toLowerCase(), new Target(config));
  }

  /** Ends the target's sessions too. Its stores stay open: they are the caller's. */
  remove(iqn: string): void {
    const target = this.find(iqn);
    if (target === null) return;
    this.#targets.delete(iqn.toLowerCase());
    for (const session of target.sessions) session.close('target ends it');
  }

  find(iqn: string): Target | null {
    return this.#targets.get(iqn.toLowerCase()) ?? null;
  }

  list(): readonly Target[] {
    return [...this.#targets.values()];
  }

  /** A TSIH is 16 bits and not 0 (RFC 7143, section 11.12.6). */
  nextHandle(): number {
    this.#lastHandle = (this.#lastHandle % 0xffff) + 1;
    return this.#lastHandle;
  }

  close(): void {
    for (const target of this.list()) this.remove(target.config.iqn);
  }
}
