/** The most that one command may move, in blocks; block limits page B0h says so. 16 MiB in blocks of 512 bytes. */
export const MOST_BLOCKS = 32768;
/** The most ranges that one UNMAP may name. */
export const MOST_UNMAP_DESCRIPTORS = 256;
/** The most blocks that COMPARE AND WRITE may compare; its count has one byte. */
export const MOST_COMPARED_BLOCKS = 255;
