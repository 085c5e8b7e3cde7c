import { parseArgs } from 'node:util';
import { FaultError } from '../../core/faults/fault.js';
import type { Io } from './io.js';

/** The stable contract: what every command's exit code means. */
export const EXIT = { ok: 0, failed: 1, usage: 2, host: 3, bug: 4, interrupted: 130 } as const;

export interface Option {
  readonly type: 'string' | 'boolean';
  /** What the value is called in the help; for strings. */
  readonly value?: string;
  readonly says: string;
}

/** What a command was given, parsed: options by name, the rest in order. */
export interface Given {
  readonly positionals: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly flag: (option: string) => boolean;
  /** @throws FaultError CLI-001 when it is not a whole number */
  readonly number: (option: string) => number | undefined;
}

export interface Command {
  readonly name: string;
  /** `run SCENARIO`: the positionals as the help shows them. */
  readonly usage: string;
  readonly says: string;
  /** How many positionals it takes. */
  readonly takes: readonly [least: number, most: number];
  readonly options: Readonly<Record<string, Option>>;
  readonly run: (given: Given, io: Io) => Promise<number> | number;
}

const COMMON: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', says: 'print JSON, one object a line, the last one the result' },
  help: { type: 'boolean', says: 'print this help' },
};

export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  return { ...command.options, ...COMMON };
}

/** @throws FaultError CLI-001 */
export function parseGiven(command: Command, args: readonly string[]): Given {
  const options = optionsOf(command);
  const types = Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
  const { values, positionals } = parsed(command, args, types);
  const [least, most] = command.takes;
  const isHelp = values['help'] === true;
  if (!isHelp && (positionals.length < least || positionals.length > most)) {
    throw usage(command, `it takes ${command.usage}`);
  }
  const text = (option: string): string | undefined => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (option: string): number | undefined => {
    const value = text(option);
    if (value === undefined) return undefined;
    if (!/^\d{1,15}$/.test(value))
      throw usage(command, `--${option} takes a whole number, not ${JSON.stringify(value)}`);
    return Number(value);
  };
  return { positionals, text, flag: (option) => values[option] === true, number };
}

type Types = Record<string, { readonly type: 'string' | 'boolean' }>;

function parsed(command: Command, args: readonly string[], options: Types) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (thrown) {
    throw usage(command, thrown instanceof Error ? (thrown.message.split('. ')[0] ?? '') : '');
  }
}

export function usage(command: Pick<Command, 'name'>, what: string): FaultError {
  return new FaultError({ code: 'CLI-001', kind: 'usage.bad', command: command.name, what });
}

/** The help of one command, within 80 columns. */
export function helpOf(command: Command): string {
  const rows = Object.entries(optionsOf(command)).map(([name, { value, says }]) => {
    const left = `  --${name}${value === undefined ? '' : ` ${value}`}`;
    return wrapped(left.padEnd(22), says);
  });
  return [`metalrig ${command.usage}`, '', ...wrapText(command.says, 78, '  '), '', ...rows, ''].join('\n');
}

function wrapped(left: string, text: string): string {
  const lines = wrapText(text, 78 - 22, '');
  return lines.map((line, index) => `${index === 0 ? left : ' '.repeat(22)}${line}`).join('\n');
}

/** Words into lines of at most `width` columns, each behind `indent`. */
export function wrapText(text: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
}
