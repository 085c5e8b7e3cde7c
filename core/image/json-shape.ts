// Small readers of a parsed JSON value; each throws RangeError with what is wrong.

export function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError(`${what} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

export function member(all: Readonly<Record<string, unknown>>, name: string): unknown {
  if (!Object.hasOwn(all, name)) throw new RangeError(`${name} is missing`);
  return all[name];
}

export function text(value: unknown, shape: RegExp): string {
  if (typeof value !== 'string' || !shape.test(value)) throw new RangeError(`${shown(value)} does not belong there`);
  return value;
}

export function whole(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${shown(value)} is no whole number`);
}

export function oneOf<T extends string>(value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new RangeError(`${shown(value)} is not one of ${known.join(', ')}`);
  return found;
}

export function list<T>(value: unknown, each: (item: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw new RangeError(`${shown(value)} is no list`);
  return value.map((item: unknown) => each(item));
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}
