import { randomBytes } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import {
  AccessControlModelType,
  AccessLevel,
  createAgent,
  MaxAccess,
  MibProviderType,
  ObjectType,
  ResponseInvalidCode,
  type User,
} from 'net-snmp';
import type { PduAccess } from '../config.js';
import type { UsmReport } from '../failure.js';
import { libraryUser } from '../library-user.js';
import type { OutletTable } from './outlets-table.js';
import { openAgentSocket, type AgentSocket } from './socket.js';
import { usmReport, v3Header } from './usm-report.js';

/** Who may do what. */
export interface AgentAccess {
  readonly access: PduAccess;
  readonly may: 'read' | 'write';
}

/** What a handler of ours is given of a request. */
export interface LibraryRequest {
  readonly oid: string;
  readonly setValue?: unknown;
  /** A set comes twice, first to be tested: only the second time it is to be done. */
  readonly testSet?: boolean;
  readonly commitSet?: boolean;
  done(error?: { readonly errorStatus: number; readonly type: number; readonly value: null }): void;
}

/** The parts of the library's agent that are used; its types leave them out. */
export interface LibraryAgent {
  readonly engine: { readonly engineID: Buffer; engineBoots: number; engineTime: number };
  getAuthorizer(): {
    addCommunity(community: string): void;
    addUser(user: User): void;
    getAccessControlModel(): {
      setCommunityAccess(community: string, level: number): void;
      setUserAccess(user: string, level: number): void;
    };
  };
  getMib(): Mib;
  registerProvider(provider: Readonly<Record<string, unknown>>): void;
  setBulkSetHandler(handler: (requests: readonly LibraryRequest[]) => number): void;
}

interface Mib {
  /** What stands at an object identifier; nothing where nothing does. */
  lookup(oid: string): object | null | undefined;
  setScalarValue(name: string, value: unknown): void;
  addTableRow(table: string, row: readonly unknown[]): void;
  setTableSingleCell(...cell: readonly [table: string, column: number, row: readonly number[], value: number]): void;
}

export interface AgentAsked {
  readonly address: string;
  readonly port: number;
  readonly access: readonly AgentAccess[];
  /** In seconds since it was opened. */
  readonly uptime_s: () => number;
  /** What becomes of a datagram before the agent sees it. */
  readonly meets: () => 'answer' | 'silence' | 'notInTimeWindows';
}

/** The library's agent over a socket of ours, which tells the senders of bad version 3 messages what was bad. */
export interface OpenAgent {
  readonly agent: LibraryAgent;
  readonly socket: AgentSocket;
}

const ENTERPRISE_SPECIFIC = '8000b98380';

export async function openLibraryAgent(asked: AgentAsked): Promise<OpenAgent> {
  const { address, port, access, meets, uptime_s } = asked;
  const users = await Promise.all(access.map(grantOf));
  let disliked: UsmReport | null = null;
  const socket = await openAgentSocket({
    address,
    port,
    onDatagram(datagram, from, deliver) {
      const met = meets();
      if (met === 'silence') return;
      const header = v3Header(datagram);
      disliked = met === 'notInTimeWindows' && header?.isAuthenticated === true ? met : null;
      agent.engine.engineTime = Math.floor(uptime_s());
      if (disliked === null) attempt(deliver, datagram, from);
      if (disliked === null || header === null) return;
      socket.send(
        usmReport(header.msgId, disliked, { id: agent.engine.engineID, boots: agent.engine.engineBoots }),
        from,
      );
    },
  });
  const agent: LibraryAgent = createAgent(
    {
      address,
      port: socket.port,
      dgramModule: socket.module,
      accessControlModelType: AccessControlModelType.Simple,
      engineID: ENTERPRISE_SPECIFIC + randomBytes(12).toString('hex'),
    },
    (error: unknown) => void (disliked ??= dislikeOf(error)),
  );
  agent.engine.engineBoots = 1;
  for (const grant of users) grant(agent.getAuthorizer());
  return { agent, socket };
}

/** A datagram from anybody: what it breaks in the library is no reason to end. */
function attempt(deliver: (datagram: Buffer, from: RemoteInfo) => void, datagram: Buffer, from: RemoteInfo): void {
  try {
    deliver(datagram, from);
  } catch {
    // Not SNMP, or not whole. An agent drops it.
  }
}

/** The library drops a message whose digest or encryption is wrong; RFC 3414, section 3.2, has its sender told. */
function dislikeOf(error: unknown): UsmReport | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  if (error.code === ResponseInvalidCode.EAuthFailure) return 'wrongDigests';
  return error.code === ResponseInvalidCode.ECouldNotDecrypt ? 'decryptionErrors' : null;
}

type Grant = (authorizer: ReturnType<LibraryAgent['getAuthorizer']>) => void;

async function grantOf({ access, may }: AgentAccess): Promise<Grant> {
  const level = may === 'write' ? AccessLevel.ReadWrite : AccessLevel.ReadOnly;
  if (access.version === '3') {
    const user = await libraryUser(access);
    return (authorizer) => {
      authorizer.addUser(user);
      authorizer.getAccessControlModel().setUserAccess(user.name, level);
    };
  }
  const community = await access.community();
  return (authorizer) => {
    authorizer.addCommunity(community);
    authorizer.getAccessControlModel().setCommunityAccess(community, level);
  };
}

/** Adds an object that stands alone, such as sysObjectID, without the `.0` of its instance. */
export function addScalar(agent: LibraryAgent, asked: Readonly<Record<'name' | 'oid' | 'value', string>>): void {
  const { name, oid, value } = asked;
  const scalarType = /^\d+(\.\d+)+$/.test(value) ? ObjectType.OID : ObjectType.OctetString;
  const maxAccess = MaxAccess['read-only'];
  agent.registerProvider({ name, type: MibProviderType.Scalar, oid, scalarType, maxAccess });
  agent.getMib().setScalarValue(name, value);
}

/** Adds an empty table; `handler` is called for every request for a cell of it. */
export function addTable(agent: LibraryAgent, table: OutletTable, handler: (request: LibraryRequest) => void): void {
  const tableColumns = table.columns.map(({ number, holds }) => ({
    number,
    name: `c${number}`,
    type: ObjectType.Integer,
    maxAccess: MaxAccess[holds === 'command' || holds === 'both' ? 'read-write' : 'read-only'],
  }));
  const tableIndex = table.columns
    .filter(({ holds }) => holds === 'index')
    .map(({ number }) => ({ columnName: `c${number}` }));
  const { name, entry: oid } = table;
  const maxAccess = MaxAccess['not-accessible'];
  agent.registerProvider({ name, type: MibProviderType.Table, oid, maxAccess, tableColumns, tableIndex, handler });
}
