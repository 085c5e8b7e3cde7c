/** The most that one command may move, in blocks; block limits page B0h says so. 16 MiB in blocks of 512 bytes. */
export const MOST_BLOCKS = 32768;
/** Logical blocks per physical block as a power of two (READ CAPACITY(16)): the clone's granularity is 4 KiB. */
export const PHYSICAL_EXPONENT = 3;
