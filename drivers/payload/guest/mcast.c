/*
 * Receives an image that is sent to many nodes at once and writes it, in order, to stdout: `mcast <plan | zstd -d`.
 * drivers/wire/services/multicast is the sender and says what is in a datagram; the plan (lines `name=value`) holds the
 * session's key and comes on stdin, because argv and files are easier to read for others.
 * It holds 64 windows of 64 blocks of 1,408 bytes (5.8 MB) whatever the image's size. Exit codes: see `enum ending`.
 */
#include "system.h"
#include "sha256.h"

enum {
  SYS_rt_sigaction = 13, SYS_fcntl = 72, SYS_clock_gettime = 228, CLOCK_MONOTONIC = 1, SIGPIPE = 13, SIG_IGN = 1,
  F_GETFL = 3, F_SETFL = 4, O_NONBLOCK = 2048, EAGAIN = 11, EINTR = 4, POLLIN = 1, POLLOUT = 4, MSG_DONTWAIT = 64,
  SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_RCVBUF = 8, SO_RCVBUFFORCE = 33, IPPROTO_IP = 0, IP_ADD_MEMBERSHIP = 35,
};

/* Why it ended. Up to LATE nothing was written; whoever reads must not believe what was written but for WHOLE. */
enum ending {
  WHOLE = 0,       /* all is written and its SHA-256 is the sender's */
  BAD_PLAN = 2,
  NO_NETWORK = 3,  /* no socket, or no card has the plan's address */
  NOBODY = 4,      /* the sender was never heard */
  LATE = 5,        /* the others had started already */
  DROPPED = 6,     /* the sender goes on without us: too slow, too silent, too much lost */
  SENDER_GONE = 7, /* not heard for ten seconds in the middle */
  DAMAGED = 8,     /* all is written and its SHA-256 is another */
  UNWRITABLE = 9,  /* stdout takes no more */
  ABORTED = 10,    /* the sender gave up for all */
};

enum { BLOCK = 1408, BLOCKS = 64, WINDOW = BLOCK * BLOCKS, WINDOWS = 64, MOST_TOLD = 128 };
enum { HEADER = 12, TAG = 16, DATAGRAM = 1500, MAGIC = 0x6d };
enum { DATA = 1, POLL = 2, NOTICE = 3, JOIN = 4, STATUS = 5, LEAVE = 6 };
enum { TOLD_ACCEPTED = 0, TOLD_COMPLETE = 1, TOLD_LATE = 2, TOLD_DROPPED = 3, TOLD_ABORTED = 4, EVERYBODY = 0xffff };
enum { RECEIVING = 0, COMPLETE = 1, DIFFERENT = 2 };
enum { JOIN_EVERY_MS = 500, PATIENCE_MS = 10000, LINGER_MS = 2000, RECEIVE_BUFFER = 4 << 20 };

static struct {
  u32 group, sender, address;
  u64 group_port, sender_port, receiver;
  u8 session[8], key[32];
} plan;

static struct hmac seal;
static struct sha256 image;
static int sock;
/* The last window's room is taken again by the 64th after it. */
static u8 room[WINDOWS][WINDOW];
static u8 have[WINDOWS][BLOCKS / 8];
/* First window that is not whole; first that is not written; how much of that one is. */
static u64 base, delivered, written;
static u64 last_poll, sent_windows, told_delivered;
static int is_heard, is_end_known, standing;
static u64 image_size;
static u8 image_digest[32];
static u64 heard_at, join_at, linger_until;

static u64 now_ms(void) {
  u64 time[2];
  system_call(SYS_clock_gettime, CLOCK_MONOTONIC, time);
  return time[0] * 1000 + time[1] / 1000000;
}

static void move_block(u8 *to, const u8 *from, u64 length) {
  u64 words = length / 8;
  for (u64 i = 0; i < words; i++) ((u64 *)to)[i] = ((const u64 *)from)[i];
  copy(to + words * 8, from + words * 8, length % 8);
}

static u64 number_at(const u8 *bytes, int length) {
  u64 number = 0;
  for (int i = 0; i < length; i++) number = number << 8 | bytes[i];
  return number;
}

static void put_number(u8 *bytes, u64 number, int length) {
  for (int i = length - 1; i >= 0; i--, number >>= 8) bytes[i] = number;
}

static int same(const u8 *left, const u8 *right, u64 length) {
  u8 difference = 0;
  for (u64 i = 0; i < length; i++) difference |= left[i] ^ right[i];
  return difference == 0;
}

/* Sends a datagram whose body is filled in from HEADER on; it needs TAG bytes of room behind. */
static void send_sealed(u8 *datagram, u8 type, u64 length) {
  u8 digest[32];
  u16 port = plan.sender_port << 8 | plan.sender_port >> 8;
  struct socket_address sender = {AF_INET, port, plan.sender};
  datagram[0] = MAGIC;
  datagram[1] = type;
  put_number(datagram + 2, plan.receiver, 2);
  copy(datagram + 4, plan.session, sizeof plan.session);
  hmac_of(&seal, datagram, length, digest);
  copy(datagram + length, digest, TAG);
  system_call(SYS_sendto, sock, datagram, length + TAG, MSG_DONTWAIT, &sender, sizeof sender);
}

static void send_word(u8 type, u64 word) {
  u8 datagram[HEADER + 4 + TAG];
  put_number(datagram + HEADER, word, 4);
  send_sealed(datagram, type, HEADER + 4);
}

static void end(enum ending ending, const char *why) {
  char line[128];
  if (ending == UNWRITABLE) send_word(LEAVE, ending);
  char *after = append(append(append(line, "metalrig: mcast: "), why), "\n");
  if (ending != WHOLE) system_call(SYS_write, 2, line, after - line);
  system_call(SYS_exit, ending);
}

static u64 blocks_of(u64 window) {
  if (!is_end_known || (window + 1) * WINDOW <= image_size) return BLOCKS;
  return window * WINDOW >= image_size ? 0 : (image_size - window * WINDOW + BLOCK - 1) / BLOCK;
}

static u64 all_windows(void) { return (image_size + WINDOW - 1) / WINDOW; }

static int has_block(u64 window, u64 block) { return have[window % WINDOWS][block / 8] >> block % 8 & 1; }

static int is_whole(u64 window) {
  u64 blocks = blocks_of(window);
  if (is_end_known && !blocks) return 0;
  for (u64 block = 0; block < blocks; block++)
    if (!has_block(window, block)) return 0;
  return 1;
}

static void send_status(void) {
  static u8 datagram[HEADER + 16 + MOST_TOLD * 8 + TAG];
  u64 until = sent_windows < delivered + WINDOWS ? sent_windows : delivered + WINDOWS;
  u8 *at = datagram + HEADER + 16;
  put_number(datagram + HEADER, last_poll, 4);
  put_number(datagram + HEADER + 4, base, 4);
  put_number(datagram + HEADER + 8, delivered, 4);
  put_number(datagram + HEADER + 12, standing, 4);
  for (u64 window = base; window < until; window++) {
    u64 blocks = blocks_of(window);
    for (u64 i = 0; i < 8; i++) {
      u64 count = blocks > i * 8 ? blocks - i * 8 : 0;
      *at++ = ~have[window % WINDOWS][i] & (count >= 8 ? 255 : (1 << count) - 1);
    }
  }
  told_delivered = delivered;
  send_sealed(datagram, STATUS, at - datagram);
}

static void advance_base(void) {
  while (base < delivered + WINDOWS && is_whole(base)) base++;
}

static void take_data(u64 window, u64 block, const u8 *payload, u64 length) {
  if (block >= BLOCKS || length < 1 || length > BLOCK) return;
  if (window < base || window >= delivered + WINDOWS || has_block(window, block)) return;
  if (is_end_known && block >= blocks_of(window)) return;
  move_block(room[window % WINDOWS] + block * BLOCK, payload, length);
  have[window % WINDOWS][block / 8] |= 1 << block % 8;
  if (window == base) advance_base();
}

static void take_poll(const u8 *body, u64 length, u64 has_end) {
  if (length != 48 || has_end > 1) return;
  u64 poll = number_at(body, 4), sent = number_at(body + 4, 4), size = number_at(body + 8, 8);
  /* An old one that somebody plays back, or that came late. */
  if (poll <= last_poll || sent < sent_windows) return;
  if (has_end && !is_end_known && size >> 52 == 0) {
    is_end_known = 1;
    image_size = size;
    copy(image_digest, body + 16, 32);
  }
  last_poll = poll;
  sent_windows = sent;
  advance_base();
  if (!is_end_known || delivered < all_windows() || standing) send_status();
}

static void take_notice(u64 receiver, u64 notice) {
  if (receiver != plan.receiver && receiver != EVERYBODY) return;
  if (standing && notice != TOLD_ACCEPTED) end(standing == COMPLETE ? WHOLE : DAMAGED, "the SHA-256 differs");
  if (notice == TOLD_LATE) end(LATE, "the others have started already");
  if (notice == TOLD_DROPPED) end(DROPPED, "the sender goes on without us");
  if (notice == TOLD_ABORTED) end(ABORTED, "the sender gave up");
}

static void take_datagram(u8 *datagram, u64 length) {
  u8 digest[32];
  if (length < HEADER + 4 + TAG || datagram[0] != MAGIC || !same(datagram + 4, plan.session, 8)) return;
  length -= TAG;
  hmac_of(&seal, datagram, length, digest);
  if (!same(datagram + length, digest, TAG)) return;
  u64 subject = number_at(datagram + 2, 2);
  u8 *body = datagram + HEADER;
  u8 type = datagram[1];
  if (type != DATA && type != POLL && type != NOTICE) return;
  is_heard = 1;
  heard_at = now_ms();
  length -= HEADER;
  if (type == DATA) take_data(number_at(body, 4), subject, body + 4, length - 4);
  else if (type == POLL) take_poll(body, length, subject);
  else if (length == 4) take_notice(subject, number_at(body, 4));
}

static u64 bytes_of(u64 window) {
  u64 left = image_size - window * WINDOW;
  return is_end_known && left < WINDOW ? left : WINDOW;
}

/* Writes what stdout takes at the moment. */
static void write_out(void) {
  while (delivered < base) {
    u64 size = bytes_of(delivered);
    u8 *window = room[delivered % WINDOWS];
    long length = system_call(SYS_write, 1, window + written, size - written);
    if (length == -EAGAIN || length == -EINTR) return;
    if (length <= 0) end(UNWRITABLE, "stdout takes no more");
    written += length;
    if (written < size) continue;
    sha256_add(&image, window, size);
    clear(have[delivered % WINDOWS], BLOCKS / 8);
    written = 0;
    delivered++;
    advance_base();
  }
  /* The sender may be waiting for the room, and its next poll comes only after a while. */
  if (delivered > told_delivered + WINDOWS / 4 && told_delivered + WINDOWS <= sent_windows) send_status();
}

static void finish_if_all(void) {
  u8 digest[32];
  if (standing || !is_end_known || delivered < all_windows()) return;
  sha256_end(&image, digest);
  standing = same(digest, image_digest, 32) ? COMPLETE : DIFFERENT;
  /* Whoever reads our stdout need not wait for our farewell. A wrong image must not look like a whole one. */
  if (standing == COMPLETE && system_call(SYS_close, 1) < 0) end(UNWRITABLE, "stdout takes no more");
  linger_until = now_ms() + LINGER_MS;
  send_status();
}

static void open_socket(void) {
  u16 port = plan.group_port << 8 | plan.group_port >> 8;
  /* Bound to the group, so that what is said to others on this port does not come here. */
  struct socket_address own = {AF_INET, port, plan.group};
  u32 membership[2] = {plan.group, plan.address};
  int one = 1, size = RECEIVE_BUFFER;
  sock = system_call(SYS_socket, AF_INET, SOCK_DGRAM, 0);
  if (sock < 0) end(NO_NETWORK, "no socket");
  system_call(SYS_setsockopt, sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (system_call(SYS_setsockopt, sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    system_call(SYS_setsockopt, sock, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (system_call(SYS_bind, sock, &own, sizeof own) < 0) end(NO_NETWORK, "cannot bind to the group");
  if (system_call(SYS_setsockopt, sock, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, sizeof membership) < 0)
    end(NO_NETWORK, "no card has the plan's address");
}

static int read_hex(const char *text, u8 *bytes, u64 length) {
  for (u64 i = 0; i < length * 2; i++) {
    char c = text[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return 0;
    bytes[i / 2] = bytes[i / 2] << 4 | digit;
  }
  return text[length * 2] == 0;
}

/* One line, `name=value`, NUL-ended; names that are not ours pass. Gives back 0 for a value that is none. */
static int take_line(const char *line) {
  const char *value = line;
  while (*value && *value != '=') value++;
  if (*value) value++;
  if (starts_with(line, "group=")) return (plan.group = ipv4_in(value)) != 0;
  if (starts_with(line, "sender=")) return (plan.sender = ipv4_in(value)) != 0;
  if (starts_with(line, "address=")) return (plan.address = ipv4_in(value)) != 0;
  if (starts_with(line, "group-port=")) return (plan.group_port = number_in(value)) - 1 < 65535;
  if (starts_with(line, "sender-port=")) return (plan.sender_port = number_in(value)) - 1 < 65535;
  if (starts_with(line, "receiver=")) return (plan.receiver = number_in(value)) < EVERYBODY;
  if (starts_with(line, "session=")) return read_hex(value, plan.session, sizeof plan.session);
  if (starts_with(line, "key=")) return read_hex(value, plan.key, sizeof plan.key);
  return 1;
}

static void read_plan(void) {
  static char text[4096];
  u64 length = 0;
  int lines = 0;
  for (;;) {
    long more = system_call(SYS_read, 0, text + length, sizeof text - 1 - length);
    if (more <= 0) break;
    length += more;
  }
  char *line = text;
  for (u64 i = 0; i < length; i++) {
    if (text[i] != '\n') continue;
    text[i] = 0;
    if (!take_line(line)) end(BAD_PLAN, "the plan has a bad line");
    lines++;
    line = text + i + 1;
  }
  if (lines < 8 || !plan.group || !plan.sender || !plan.group_port || !plan.sender_port || !plan.address)
    end(BAD_PLAN, "the plan lacks a line");
}

static void receive_what_is_there(void) {
  static u8 datagram[DATAGRAM + 4];
  /* A bound, so that stdout has its turn. */
  for (int i = 0; i < BLOCKS * 4; i++) {
    long length = system_call(SYS_recvfrom, sock, datagram, (u64)DATAGRAM, MSG_DONTWAIT, 0, 0);
    if (length == -EAGAIN) return;
    if (length > 0) take_datagram(datagram, length);
  }
}

static void look_at_the_clock(void) {
  u64 now = now_ms();
  if (standing && now >= linger_until) end(standing == COMPLETE ? WHOLE : DAMAGED, "the SHA-256 differs");
  if (now >= heard_at + PATIENCE_MS) {
    if (is_heard) end(SENDER_GONE, "the sender is not heard any more");
    end(NOBODY, "the sender is not heard");
  }
  if (!last_poll && now >= join_at) {
    send_word(JOIN, WINDOWS);
    join_at = now + JOIN_EVERY_MS;
  }
}

static void ignore_broken_pipes(void) {
  u64 action[4] = {SIG_IGN, 0, 0, 0};
  system_call(SYS_rt_sigaction, SIGPIPE, action, 0L, 8L);
}

static void run(void) {
  struct { int file; short events, seen; } waiting[2];
  ignore_broken_pipes();
  read_plan();
  hmac_start(&seal, plan.key, sizeof plan.key);
  sha256_start(&image);
  open_socket();
  system_call(SYS_fcntl, 1, F_SETFL, system_call(SYS_fcntl, 1, F_GETFL, 0L) | O_NONBLOCK);
  heard_at = now_ms();
  for (;;) {
    look_at_the_clock();
    waiting[0].file = sock;
    waiting[0].events = POLLIN;
    waiting[1].file = 1;
    waiting[1].events = POLLOUT;
    system_call(SYS_poll, waiting, delivered < base ? 2L : 1L, 100L);
    receive_what_is_there();
    write_out();
    finish_if_all();
  }
}

#ifdef HOSTED
int main(void) { run(); }
#else
asm(".globl _start\n_start:\n  and $-16,%rsp\n  call begin\n");
void begin(void) { run(); }
#endif
