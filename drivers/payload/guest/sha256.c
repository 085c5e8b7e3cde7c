/*
 * The compression is in assembly because tcc keeps every variable in memory: its code would be ten times as slow, and
 * every byte of an image goes through here twice, once for its datagram's tag and once for the whole.
 */
#include "system.h"
#include "sha256.h"

static const u32 constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const u32 start[8] = {
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

void sha256_block(u32 *state, const u8 *block, const u32 *constants);

/* One round; `at` is its word's place in the schedule (r14) and in the constants (rbp). The sums of three rotations
   (FIPS 180-4, 4.4 and 4.5) are nested: ror 6, 11, 25 is ror 6 of (x ^ ror 5 of (x ^ ror 14 of x)). */
#define ROUND(a, b, c, d, e, f, g, h, at) \
  "mov %" e ",%esi\n mov %" f ",%edi\n ror $14,%esi\n xor %" g ",%edi\n xor %" e ",%esi\n and %" e ",%edi\n" \
  "ror $5,%esi\n xor %" g ",%edi\n xor %" e ",%esi\n add " at "(%r14),%" h "\n ror $6,%esi\n" \
  "add " at "(%rbp),%" h "\n add %edi,%" h "\n add %esi,%" h "\n add %" h ",%" d "\n" \
  "mov %" a ",%esi\n mov %" a ",%edi\n ror $9,%esi\n mov %" a ",%r12d\n xor %" a ",%esi\n or %" b ",%edi\n" \
  "ror $11,%esi\n and %" b ",%r12d\n xor %" a ",%esi\n and %" c ",%edi\n ror $2,%esi\n or %r12d,%edi\n" \
  "add %esi,%" h "\n add %edi,%" h "\n"

asm(".globl sha256_block\n"
    "sha256_block:\n"
    "  push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n sub $256,%rsp\n"
    "  mov %rdx,%rbp\n mov %rdi,%r15\n mov %rsp,%r14\n xor %ecx,%ecx\n"
    /* The schedule: 16 words as they come, 48 made of them (6.2.2, step 1). */
    "1: mov (%rsi,%rcx,4),%eax\n bswap %eax\n mov %eax,(%r14,%rcx,4)\n inc %ecx\n cmp $16,%ecx\n jne 1b\n"
    "2: mov -60(%r14,%rcx,4),%eax\n mov %eax,%ebx\n mov %eax,%edx\n ror $7,%eax\n ror $18,%ebx\n shr $3,%edx\n"
    "  xor %ebx,%eax\n xor %edx,%eax\n add -64(%r14,%rcx,4),%eax\n add -28(%r14,%rcx,4),%eax\n"
    "  mov -8(%r14,%rcx,4),%edx\n mov %edx,%ebx\n mov %edx,%esi\n ror $17,%edx\n ror $19,%ebx\n shr $10,%esi\n"
    "  xor %ebx,%edx\n xor %esi,%edx\n add %edx,%eax\n mov %eax,(%r14,%rcx,4)\n inc %ecx\n cmp $64,%ecx\n jne 2b\n"
    "  mov 0(%r15),%eax\n mov 4(%r15),%ebx\n mov 8(%r15),%ecx\n mov 12(%r15),%edx\n"
    "  mov 16(%r15),%r8d\n mov 20(%r15),%r9d\n mov 24(%r15),%r10d\n mov 28(%r15),%r11d\n mov $8,%r13d\n"
    "3:\n"
    ROUND("eax", "ebx", "ecx", "edx", "r8d", "r9d", "r10d", "r11d", "0")
    ROUND("r11d", "eax", "ebx", "ecx", "edx", "r8d", "r9d", "r10d", "4")
    ROUND("r10d", "r11d", "eax", "ebx", "ecx", "edx", "r8d", "r9d", "8")
    ROUND("r9d", "r10d", "r11d", "eax", "ebx", "ecx", "edx", "r8d", "12")
    ROUND("r8d", "r9d", "r10d", "r11d", "eax", "ebx", "ecx", "edx", "16")
    ROUND("edx", "r8d", "r9d", "r10d", "r11d", "eax", "ebx", "ecx", "20")
    ROUND("ecx", "edx", "r8d", "r9d", "r10d", "r11d", "eax", "ebx", "24")
    ROUND("ebx", "ecx", "edx", "r8d", "r9d", "r10d", "r11d", "eax", "28")
    "  add $32,%r14\n add $32,%rbp\n dec %r13d\n jne 3b\n"
    "  add %eax,0(%r15)\n add %ebx,4(%r15)\n add %ecx,8(%r15)\n add %edx,12(%r15)\n"
    "  add %r8d,16(%r15)\n add %r9d,20(%r15)\n add %r10d,24(%r15)\n add %r11d,28(%r15)\n"
    "  add $256,%rsp\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n");

void sha256_start(struct sha256 *hash) {
  copy(hash->state, start, sizeof start);
  hash->length = 0;
}

void sha256_add(struct sha256 *hash, const u8 *bytes, u64 length) {
  u64 filled = hash->length % 64;
  hash->length += length;
  if (filled) {
    u64 part = length < 64 - filled ? length : 64 - filled;
    copy(hash->block + filled, bytes, part);
    if (filled + part < 64) return;
    sha256_block(hash->state, hash->block, constants);
    bytes += part;
    length -= part;
  }
  for (; length >= 64; length -= 64, bytes += 64) sha256_block(hash->state, bytes, constants);
  copy(hash->block, bytes, length);
}

void sha256_end(struct sha256 *hash, u8 *digest) {
  static const u8 padding[64] = {0x80};
  u64 bits = hash->length * 8;
  u8 length[8];
  for (int i = 0; i < 8; i++) length[i] = bits >> (56 - 8 * i);
  sha256_add(hash, padding, 1 + (119 - hash->length % 64) % 64);
  sha256_add(hash, length, 8);
  for (int i = 0; i < 32; i++) digest[i] = hash->state[i / 4] >> (24 - 8 * (i % 4));
}

void hmac_start(struct hmac *hmac, const u8 *key, u64 length) {
  u8 inner[64], outer[64];
  for (u64 i = 0; i < 64; i++) {
    u8 byte = i < length ? key[i] : 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  sha256_start(&hmac->inner);
  sha256_add(&hmac->inner, inner, 64);
  sha256_start(&hmac->outer);
  sha256_add(&hmac->outer, outer, 64);
}

void hmac_of(const struct hmac *hmac, const u8 *bytes, u64 length, u8 *digest) {
  struct sha256 hash;
  copy(&hash, &hmac->inner, sizeof hash);
  sha256_add(&hash, bytes, length);
  sha256_end(&hash, digest);
  copy(&hash, &hmac->outer, sizeof hash);
  sha256_add(&hash, digest, 32);
  sha256_end(&hash, digest);
}
