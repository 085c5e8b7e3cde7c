/** What the dashboard and the docs say about a state. */
export interface StateMeta {
  readonly tone: 'idle' | 'busy' | 'good' | 'bad';
  /** Ironic's word for it, where there is one. */
  readonly ironic?: string;
  /** What a person checks when a node hangs here. */
  readonly check?: string;
  /** Where it leads in the ordinary course, where that is to more than one. */
  readonly next?: readonly string[];
}
