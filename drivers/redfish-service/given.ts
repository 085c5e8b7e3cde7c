import { refusal } from './errors.js';
import type { Given, ServiceAnswer } from './exchange.js';

/** What a body gave, or the answer that refuses it. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refused: ServiceAnswer };

export function taken<T>(value: T): Read<T> {
  return { ok: true, value };
}

export function refused(answer: ServiceAnswer): Read<never> {
  return { ok: false, refused: answer };
}

/** A body that is an object, or is empty: some clients send nothing with an action that has no parameters. */
export function parseGiven(body: Uint8Array): Read<Given> {
  const text = new TextDecoder().decode(body);
  if (text.trim() === '') return taken({});
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? taken(value) : refused(refusal('MalformedJSON'));
  } catch {
    return refused(refusal('MalformedJSON'));
  }
}

export function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Its own member of that name; undefined where it has none. */
export function memberOf(given: Given, name: string): unknown {
  return Object.hasOwn(given, name) ? given[name] : undefined;
}

/** Refuses a body with properties beyond `known`; `frozen` are there, and cannot be written. */
export function onlyProperties(given: Given, known: readonly string[], frozen: readonly string[] = []): Read<Given> {
  for (const name of Object.keys(given)) {
    // Annotations are no properties; a client that sends back what it read sends them too.
    if (name.includes('@') || known.includes(name)) continue;
    return refused(refusal(frozen.includes(name) ? 'PropertyNotWritable' : 'PropertyUnknown', [name], `#/${name}`));
  }
  return taken(given);
}

/** One of the values; undefined where the property is not given. */
export function choice<T extends string>(given: Given, name: string, known: readonly T[]): Read<T | undefined> {
  const value = memberOf(given, name);
  if (value === undefined) return taken(value);
  if (typeof value !== 'string') return refused(refusal('PropertyValueTypeError', [name], `#/${name}`));
  const found = known.find((one) => one === value);
  return found === undefined ? refused(refusal('PropertyValueNotInList', [value, name], `#/${name}`)) : taken(found);
}

/** What an action's parameter says; its body may hold no other. */
export function parameters(action: string, given: Given, known: readonly string[]): Read<Given> {
  const other = Object.keys(given).find((name) => !known.includes(name));
  return other === undefined ? taken(given) : refused(refusal('ActionParameterUnknown', [action, other], `#/${other}`));
}

export function textParameter(action: string, given: Given, name: string): Read<string> {
  const value = memberOf(given, name);
  if (value === undefined) return refused(refusal('ActionParameterMissing', [action, name], `#/${name}`));
  if (typeof value === 'string') return taken(value);
  return refused(refusal('ActionParameterValueTypeError', [name, action], `#/${name}`));
}

export function choiceParameter<T extends string>(options: {
  readonly action: string;
  readonly given: Given;
  readonly name: string;
  readonly known: readonly T[];
}): Read<T> {
  const { action, given, name, known } = options;
  const text = textParameter(action, given, name);
  if (!text.ok) return text;
  const found = known.find((one) => one === text.value);
  if (found !== undefined) return taken(found);
  return refused(refusal('ActionParameterValueNotInList', [text.value, name, action], `#/${name}`));
}
