/* SHA-256 (FIPS 180-4) and HMAC (RFC 2104). */
struct sha256 { u32 state[8]; u8 block[64]; u64 length; };
void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const u8 *bytes, u64 length);
void sha256_end(struct sha256 *hash, u8 *digest);

/* A key's two hashes, each with its padded key taken in already. */
struct hmac { struct sha256 inner, outer; };
/* At most 64 bytes of key. */
void hmac_start(struct hmac *hmac, const u8 *key, u64 length);
void hmac_of(const struct hmac *hmac, const u8 *bytes, u64 length, u8 *digest);
