import * as z from 'zod';
import { readDocument, type YamlDocument } from './document.js';
import type { Problem } from './problem.js';
import { NO_MESSAGE, shapeProblems } from './shape-problems.js';

/** What the checks beside the shape get: plain data of which nothing is known yet, and its places. */
export type Check = (document: YamlDocument) => readonly Problem[];

export type Shaped<T> =
  | { readonly value: T; readonly document: YamlDocument; readonly problems: readonly [] }
  | { readonly problems: readonly Problem[] };

export interface FileShape<T> {
  readonly shape: z.ZodType<T>;
  /** What one value alone cannot show. Told together with faults of the shape, so that one round mends all. */
  readonly checks: readonly Check[];
}

/**
 * Asked for a file's problems first and then for its value, it reads a text once: the last one of each shape is kept,
 * and nothing of it can be changed.
 */
export function readShape<T>(text: string, file: FileShape<T>): Shaped<T> {
  const last = lastRead.get(file.shape);
  // What stands under a shape was made by it.
  if (last?.text === text) return last.shaped as Shaped<T>;
  const shaped = read(text, file);
  lastRead.set(file.shape, { text, shaped });
  return shaped;
}

const lastRead = new WeakMap<z.ZodType, { readonly text: string; readonly shaped: Shaped<unknown> }>();

function read<T>(text: string, { shape, checks }: FileShape<T>): Shaped<T> {
  const reading = readDocument(text);
  if (!('document' in reading)) return reading;
  const { document } = reading;
  const parsed = shape.safeParse(document.value, { error: () => NO_MESSAGE });
  const problems = [
    ...(parsed.success ? [] : shapeProblems(parsed.error.issues, document, schemaOf(shape))),
    ...checks.flatMap((check) => check(document)),
  ];
  return parsed.success && problems.length === 0 ? { value: parsed.data, document, problems: [] } : { problems };
}

/** Made once a shape, when the first fault needs it: that takes longer than all else about a small file. */
const schemas = new WeakMap<z.ZodType, unknown>();

function schemaOf(shape: z.ZodType): unknown {
  const known = schemas.get(shape);
  if (known !== undefined) return known;
  const schema: unknown = z.toJSONSchema(shape, { io: 'input' });
  schemas.set(shape, schema);
  return schema;
}
