/**
 * A connection as a server sees it, over our own TCP or over an ordinary socket: what the iSCSI target and the HTTP
 * server are written against. All callbacks come from the frame (or socket) handler, none before the opener returned.
 */
export interface ByteStream {
  /** `10.99.0.101:1024`, for messages and access lists. */
  readonly remote: { readonly address: string; readonly port: number };
  readonly local: { readonly address: string; readonly port: number };
  /**
   * Queues bytes; the stream keeps `bytes`, which must not change any more.
   * @returns false when the bounded send buffer is over its mark: stop and wait for `onDrain`
   *   (the bytes were taken all the same)
   */
  write(bytes: Buffer): boolean;
  /** Several writes until `uncork` leave in as few segments as possible. */
  cork(): void;
  uncork(): void;
  /** Closes our direction after what is queued (FIN). */
  end(): void;
  /** Tears the connection down at once (RST). */
  abort(): void;
  /** While paused nothing is delivered and the receive window closes. */
  pause(): void;
  resume(): void;
  onData(listener: (bytes: Buffer) => void): void;
  onDrain(listener: () => void): void;
  /** The peer has sent its FIN. */
  onEnd(listener: () => void): void;
  /** Called once, when nothing will come or go any more. */
  onClose(listener: () => void): void;
}
