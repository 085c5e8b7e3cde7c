export const HANDS = 'east';
export const NODES = ['n0', 'n1', 'n2', 'n3'];
/** Effects of each node. */
export const WORK = 60;

/** Where hands can die: what each of them comes to, again and again. */
export const POINTS = ['written', 'acknowledged', 'begun', 'performed', 'noted', 'told'] as const;
export type Point = (typeof POINTS)[number];
