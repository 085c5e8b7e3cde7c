import type { BlockStore } from '../../../../core/ports/block-store.js';
import type { IscsiEvent } from './events.js';
import { listenIscsi } from './listen-iscsi.js';
import type { ChapConfig, InitiatorList } from './target-config.js';
import { TargetSet } from './target.js';

export interface ServeLunOptions {
  readonly store: BlockStore;
  readonly host: string;
  /** 0 lets the host choose. */
  readonly port: number;
  readonly iqn: string;
  readonly lun: number;
  readonly isReadOnly?: boolean;
  readonly initiators?: InitiatorList;
  readonly chap?: ChapConfig;
  readonly observe?: (event: IscsiEvent) => void;
}

export interface ServedLun {
  readonly port: number;
  /** As libiscsi's tools take it; without the CHAP secret. */
  readonly url: string;
  /** As DHCP option 17 gives it to boot firmware (RFC 4173, section 5). */
  readonly rootPath: string;
  /** Ends all sessions, then closes the store. */
  close(): Promise<void>;
}

/**
 * Serves one disk as one LUN of one target on an ordinary TCP port. The store is taken over, also where this fails.
 * @throws FaultError LUN-010 when the port cannot be listened on
 */
export async function serveLun(options: ServeLunOptions): Promise<ServedLun> {
  const { store, host, port, iqn, lun, observe } = options;
  const targets = new TargetSet(
    [
      {
        iqn,
        luns: [{ number: lun, store, isReadOnly: options.isReadOnly ?? false }],
        ...(options.initiators === undefined ? {} : { initiators: options.initiators }),
        ...(options.chap === undefined ? {} : { chap: options.chap }),
      },
    ],
    observe === undefined ? {} : { observe },
  );
  try {
    const listener = await listenIscsi({ host, port, targets });
    return {
      port: listener.port,
      url: `iscsi://${bracketed(host)}:${listener.port}/${iqn}/${lun}`,
      rootPath: `iscsi:${bracketed(host)}::${listener.port}:${lun}:${iqn}`,
      close: async () => {
        targets.close();
        await listener.close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
