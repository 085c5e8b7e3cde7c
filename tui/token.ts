import { basename } from 'node:path';

/** The name that a scenario has by its file: `scenarios/root-node.scenario.yaml` is `root-node`. */
export function scenarioSlug(file: string): string {
  const name = basename(file).replace(/\.scenario\.ya?ml$|\.ya?ml$/, '');
  return name.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
}

/** What a replay token says: which run, exactly. */
export interface Token {
  readonly scenario: string;
  readonly world: string;
  readonly seed: number;
  /** The first 16 digits of the journal's last hash. */
  readonly head: string;
}

const TOKEN = /^mr1\.([a-z0-9-]+)\.([a-z]+)\.(\d+)\.([0-9a-f]{16})$/;

/** `mr1.root-node.sim.7.0123456789abcdef`: enough to find the run, and in simulation to run it again and prove it. */
export function makeToken({ scenario, world, seed, head }: Token): string {
  return `mr1.${scenario}.${world}.${seed}.${head.slice(0, 16)}`;
}

/** @returns null when `text` is no token */
export function parseToken(text: string): Token | null {
  const [, scenario, world, seed, head] = TOKEN.exec(text) ?? [];
  if (scenario === undefined || world === undefined || seed === undefined || head === undefined) return null;
  return { scenario, world, seed: Number(seed), head };
}

/** A run and an entry of its journal: `runs/mine@37`, or a token with the same behind it. */
export interface Moment {
  readonly name: string;
  /** Null: no entry is named. */
  readonly seq: number | null;
}

/** Reads what `metalrig top` writes down as a moment. A name without an entry is itself. */
export function splitMoment(text: string): Moment {
  const [, name, seq] = /^(.+)@(\d{1,15})$/.exec(text) ?? [];
  return name === undefined || seq === undefined ? { name: text, seq: null } : { name, seq: Number(seq) };
}
