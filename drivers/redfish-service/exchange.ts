/** A value that JSON can hold, as we make it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** What a request's body can be: anything that JSON holds, believed in nothing. */
export type Given = Readonly<Record<string, unknown>>;

export interface ServiceRequest {
  readonly method: string;
  /** Decoded, without its query and without a slash at its end. */
  readonly path: string;
  /** Names of the query's parameters. */
  readonly query: readonly string[];
  /** By their names in lower case. */
  readonly header: (name: string) => string | null;
  readonly body: Uint8Array;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null for none; text goes out as it is, with the Content-Type in `headers`. */
  readonly body: JsonObject | string | null;
}

export const NO_CONTENT: ServiceAnswer = { status: 204, body: null };

/** One resource: what it is when read, and what may be done to it. What is not offered is answered with 405. */
export interface Resource {
  readonly get?: () => JsonObject | string;
  readonly patch?: (given: Given) => Promise<ServiceAnswer>;
  readonly post?: (given: Given) => Promise<ServiceAnswer>;
  readonly remove?: () => ServiceAnswer;
  /** Answers a read in its own way, such as a task monitor that says 202. */
  readonly answer?: () => ServiceAnswer;
  /** Read without a login: what a client needs to find out how to log in (DSP0266, section 13.3.3). */
  readonly isPublic?: boolean;
  /** Posted to without a login: where one logs in. */
  readonly isLogin?: boolean;
}

/** Resources that stand for a while only, such as sessions, by their path. */
export type Branch = (path: string) => Resource | null;

export const ROOT = '/redfish/v1';

export function link(path: string): JsonObject {
  return { '@odata.id': `${ROOT}${path}` };
}

/** A collection of resources (DSP0266, section 9.6). `path` is below the root. */
export function collection(options: {
  readonly path: string;
  readonly schema: string;
  readonly name: string;
  readonly members: readonly string[];
}): JsonObject {
  const { path, schema, name, members } = options;
  return {
    ...link(path),
    '@odata.type': `#${schema}Collection.${schema}Collection`,
    Name: name,
    'Members@odata.count': members.length,
    Members: members.map((member) => link(`${path}/${member}`)),
  };
}
