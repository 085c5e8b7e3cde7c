import type { Path } from './document.js';

/** What a JSON Schema allows at a path: keys of a mapping, and the texts to choose from. */
export interface Known {
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

export function knownAt(schema: unknown, path: Path): Known {
  let nodes = alternatives([schema]);
  for (const step of path) nodes = alternatives(nodes.flatMap((node) => below(node, step)));
  const keys = nodes.flatMap((node) => [
    ...Object.keys(mapping(node['properties'])),
    ...texts(mapping(node['propertyNames'])['enum']),
  ]);
  const values = nodes.flatMap((node) => [...texts(node['enum']), ...texts([node['const']])]);
  return { keys: [...new Set(keys)], values: [...new Set(values)] };
}

type SchemaNode = Readonly<Record<string, unknown>>;

/** A union's branches stand beside each other: which of them was meant is not known yet. */
function alternatives(nodes: readonly unknown[]): readonly SchemaNode[] {
  return nodes.flatMap((found) => {
    const node = mapping(found);
    const branches = [...list(node['anyOf']), ...list(node['oneOf'])];
    return branches.length > 0 ? alternatives(branches) : [node];
  });
}

function below(node: SchemaNode, step: string | number): readonly unknown[] {
  if (typeof step === 'number') return [node['items']];
  const properties = mapping(node['properties']);
  return [Object.hasOwn(properties, step) ? properties[step] : node['additionalProperties']];
}

function mapping(value: unknown): SchemaNode {
  return isMapping(value) ? value : {};
}

/** A JSON object: neither null nor a list. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): readonly string[] {
  return list(value).flatMap((item) => (typeof item === 'string' || typeof item === 'number' ? [String(item)] : []));
}
