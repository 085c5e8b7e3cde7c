import fc from 'fast-check';
import { nodeId } from '../../core/ids.js';
import type { Booking } from '../../core/schedule/booking.js';

export const NODES = ['mesh1', 'mesh2', 'mesh3', 'root1'].map(nodeId);
const IMAGES = ['lucid', 'jammy', 'noble', 'trixie', 'alpine'];

export function hasSlots(node: string): boolean {
  return node.startsWith('mesh');
}

/** Small numbers, so that times meet, touch and enclose each other. */
export const bookings: fc.Arbitrary<Booking> = fc
  .record({
    nodes: fc.subarray(NODES, { minLength: 1 }),
    image: fc.option(fc.constantFrom(...IMAGES), { freq: 8 }),
    from: fc.nat(60),
    lasts: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ nodes, image, from, lasts }) => ({ nodes, slotted: nodes.filter(hasSlots), image, from, to: from + lasts }));

/** One thing that somebody asks of a schedule, a while after the one before. */
export type Wish =
  | { readonly wish: 'add'; readonly later: number; readonly booking: Booking }
  | { readonly wish: 'cancel'; readonly later: number; readonly which: number }
  | { readonly wish: 'extend'; readonly later: number; readonly which: number; readonly by: number }
  | { readonly wish: 'change'; readonly later: number; readonly which: number; readonly booking: Booking }
  | { readonly wish: 'again'; readonly later: number; readonly which: number; readonly booking: Booking };

const later = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(15) });
const which = fc.nat(12);

export const wishes: fc.Arbitrary<readonly Wish[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ wish: fc.constant('add' as const), later, booking: bookings }) },
    { weight: 2, arbitrary: fc.record({ wish: fc.constant('cancel' as const), later, which }) },
    {
      weight: 2,
      arbitrary: fc.record({
        wish: fc.constant('extend' as const),
        later,
        which,
        by: fc.integer({ min: -10, max: 20 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ wish: fc.constant('change' as const), later, which, booking: bookings }) },
    { weight: 1, arbitrary: fc.record({ wish: fc.constant('again' as const), later, which, booking: bookings }) },
  ),
  { maxLength: 40 },
);
