import { ErrorStatus, ObjectType } from 'net-snmp';
import type { Clock } from '../../../core/clock.js';
import type { PowerState } from '../../../core/ports/power.js';
import type { PduModel } from '../models/model.js';
import {
  addScalar,
  addTable,
  openLibraryAgent,
  type AgentAccess,
  type LibraryAgent,
  type LibraryRequest,
} from './library-agent.js';
import { cellOf, orderOf, rowOf, tablesOf } from './outlets-table.js';
import { openOutlets } from './outlets.js';

export interface EmulatedPduConfig {
  readonly model: PduModel;
  /** How many outlets; they are counted from 1 on, in the model's first unit and bank. */
  readonly outlets: number;
  readonly access: readonly AgentAccess[];
  /** 127.0.0.1 unless told. */
  readonly address?: string;
  /** 0, unless told: the kernel chooses. */
  readonly port?: number;
  /** How all outlets are at first: `on`, as when a new PDU gets its mains. */
  readonly atFirst?: PowerState;
  /** How long a reboot leaves an outlet off. */
  readonly reboot_ms?: number;
}

export interface EmulatedPduParts {
  readonly clock: Clock;
  /** Called after each change of an outlet, and not when it was so already. */
  readonly onOutlet: (outlet: number, state: PowerState) => void;
}

/** What real PDUs do to those who drive them. */
export interface PduLies {
  /** Answers nothing. */
  isSilent: boolean;
  /** Tells its outlets as they were when this was set. */
  isStale: boolean;
  /** Takes orders, says so, and does nothing. */
  isDeaf: boolean;
  /** Takes every authenticated message of version 3 for one that is too old. */
  isOutOfTime: boolean;
}

export interface EmulatedPdu extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** To be set at any time. */
  readonly lies: PduLies;
  outlet(outlet: number): PowerState;
  /** As somebody at the PDU itself would. */
  press(outlet: number, state: PowerState): void;
}

const REBOOT_MS = 5000;
const SYS_DESCR = '1.3.6.1.2.1.1.1';
const SYS_OBJECT_ID = '1.3.6.1.2.1.1.2';
/** What net-snmp says on a system that it does not know: for a model that says nothing of itself. */
const UNKNOWN_SYSTEM = '1.3.6.1.4.1.8072.3.2.255';
const LOOPBACK = '127.0.0.1';

/**
 * A PDU that answers SNMP on a UDP port and switches what it is told to.
 * @throws FaultError PDU-016 when the port is not to be had
 */
export async function openEmulatedPdu(config: EmulatedPduConfig, parts: EmulatedPduParts): Promise<EmulatedPdu> {
  const { model, access, address = LOOPBACK, port = 0, outlets: count, atFirst = 'on', reboot_ms = REBOOT_MS } = config;
  const { clock, onOutlet } = parts;
  const lies: PduLies = { isSilent: false, isStale: false, isDeaf: false, isOutOfTime: false };
  const openedAt = clock.now();
  const { agent, socket } = await openLibraryAgent({
    address,
    port,
    access,
    uptime_s: () => (clock.now() - openedAt) / 1000,
    meets: () => (lies.isSilent ? 'silence' : lies.isOutOfTime ? 'notInTimeWindows' : 'answer'),
  });
  const outlets = openOutlets({ clock, count, atFirst, reboot_ms, onOutlet });
  const answer = (request: LibraryRequest): void => {
    const outlet = Number(request.oid.slice(request.oid.lastIndexOf('.') + 1));
    if (request.testSet !== true && request.commitSet !== true) {
      if (!lies.isStale) shown.show(outlet, outlets.read(outlet));
      return request.done();
    }
    const order = orderOf(model, request.setValue);
    if (order === null) {
      return request.done({ errorStatus: ErrorStatus.WrongValue, type: ObjectType.Null, value: null });
    }
    const isDone = request.commitSet === true;
    request.done();
    if (!isDone) return;
    // The library has put the order where the state is to stand.
    shown.show(outlet, null);
    if (!lies.isDeaf) outlets.order(outlet, order);
  };
  const shown = openShown({ agent, model, answer, count, atFirst });
  identify(agent, model);
  return {
    address,
    port: socket.port,
    lies,
    outlet: (outlet) => outlets.read(outlet),
    press: (outlet, state) => outlets.order(outlet, state),
    async [Symbol.asyncDispose]() {
      outlets.close();
      await socket[Symbol.asyncDispose]();
    },
  };
}

interface ShownAsked {
  readonly agent: LibraryAgent;
  readonly model: PduModel;
  readonly answer: (request: LibraryRequest) => void;
  readonly count: number;
  readonly atFirst: PowerState;
}

/** The model's tables in the agent, and what they tell of each outlet. */
function openShown({ agent, model, answer, count, atFirst }: ShownAsked) {
  const tables = tablesOf(model);
  const told = new Map<number, PowerState>();
  for (const table of tables) addTable(agent, table, answer);
  for (let outlet = 1; outlet <= count; outlet++) {
    told.set(outlet, atFirst);
    for (const { name, columns } of tables) {
      const cells = columns.filter(({ holds }) => holds !== 'index').map((column) => cellOf(model, column, atFirst));
      agent.getMib().addTableRow(name, [...rowOf(model, outlet), ...cells]);
    }
  }
  // The library has a set of what is not there succeed; RFC 3416, section 4.2.5, has not.
  agent.setBulkSetHandler((requests) =>
    requests.every(({ oid }) => agent.getMib().lookup(oid)) ? ErrorStatus.NoError : ErrorStatus.NoCreation,
  );
  return {
    /** @param state  null: what was told before */
    show(outlet: number, state: PowerState | null): void {
      const tell = state ?? told.get(outlet) ?? atFirst;
      told.set(outlet, tell);
      for (const { name, columns } of tables) {
        for (const column of columns.filter(({ holds }) => holds !== 'index')) {
          agent.getMib().setTableSingleCell(name, column.number, rowOf(model, outlet), cellOf(model, column, tell));
        }
      }
    },
  };
}

/** Beside the outlets: what a PDU says of itself. */
function identify(agent: LibraryAgent, model: PduModel): void {
  addScalar(agent, { name: 'sysDescr', oid: SYS_DESCR, value: `metalrig emulated PDU, ${model.name}` });
  addScalar(agent, { name: 'sysObjectID', oid: SYS_OBJECT_ID, value: model.systems[0] ?? UNKNOWN_SYSTEM });
}
