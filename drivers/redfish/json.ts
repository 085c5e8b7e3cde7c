/** A JSON object of somebody else's making: what is read out of it is looked at first. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lies at the end of the names; undefined where one of them is missing on the way. */
export function at(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (inside, name) => (isObject(inside) && Object.hasOwn(inside, name) ? inside[name] : undefined),
    value,
  );
}

/** Text that is not empty, else null: many BMCs say `""` or `"N/A"` for what they don't know. */
export function textAt(value: unknown, ...names: readonly string[]): string | null {
  const found = at(value, ...names);
  return typeof found === 'string' && found.trim() !== '' && found !== 'N/A' ? found.trim() : null;
}

export function numberAt(value: unknown, ...names: readonly string[]): number | null {
  const found = at(value, ...names);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

export function listAt(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = at(value, ...names);
  return Array.isArray(found) ? found : [];
}

/** The texts of a list; what else is in it is left out. */
export function textsAt(value: unknown, ...names: readonly string[]): readonly string[] {
  return listAt(value, ...names).filter((one): one is string => typeof one === 'string');
}

/** Where a link leads: a path on the BMC, else null. */
export function linkAt(value: unknown, ...names: readonly string[]): string | null {
  const path = at(value, ...names, '@odata.id');
  return typeof path === 'string' && path.startsWith('/') ? path : null;
}

/** @returns null where it is no JSON object */
export function parsedObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
