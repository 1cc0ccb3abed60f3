/* SPDX-License-Identifier: ISC */
/*
 * h2wire -- HTTP/2 spoken by hand, frame by frame, right or wrong
 *
 * Nothing goes out that the caller did not send, but for the SETTINGS ACK and
 * the WINDOW_UPDATEs of the functions that say so.
 *
 * Runs in:  test programs, in any thread; one thread at a time for each.
 * Touches:  one TCP connection to 127.0.0.1; see wire.h.
 * Locks:    none.
 * Owns:     the connection, until h2wire_close().
 * Fails:    -1 with errno; never the test.
 */
#ifndef TEST_H2WIRE_H
#define TEST_H2WIRE_H

#include <stddef.h>
#include <stdint.h>

#define H2_PREFACE	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define H2_PREFACE_LEN	24
#define H2_FRAME_HEAD	9		/* RFC 9113 4.1 */
#define H2_FRAME_MAX	16384		/* 6.5.2: of a payload, by default */
#define H2_WINDOW	65535		/* 6.9.2: at the beginning */
#define H2_ANY		-1

enum h2_type {				/* RFC 9113 6 */
	H2_DATA, H2_HEADERS, H2_PRIORITY, H2_RST_STREAM, H2_SETTINGS,
	H2_PUSH_PROMISE, H2_PING, H2_GOAWAY, H2_WINDOW_UPDATE, H2_CONTINUATION
};

#define H2_ACK		0x01		/* SETTINGS, PING */
#define H2_END_STREAM	0x01
#define H2_END_HEADERS	0x04
#define H2_PADDED	0x08
#define H2_PRIO		0x20		/* HEADERS: priority fields */

enum h2_error {				/* RFC 9113 7 */
	H2_NO_ERROR, H2_PROTOCOL_ERROR, H2_INTERNAL_ERROR,
	H2_FLOW_CONTROL_ERROR, H2_SETTINGS_TIMEOUT, H2_STREAM_CLOSED,
	H2_FRAME_SIZE_ERROR, H2_REFUSED_STREAM, H2_CANCEL,
	H2_COMPRESSION_ERROR, H2_CONNECT_ERROR, H2_ENHANCE_YOUR_CALM,
	H2_INADEQUATE_SECURITY, H2_HTTP_1_1_REQUIRED
};

enum h2_setting {			/* RFC 9113 6.5.2 */
	H2_HEADER_TABLE_SIZE = 1, H2_ENABLE_PUSH, H2_MAX_CONCURRENT_STREAMS,
	H2_INITIAL_WINDOW_SIZE, H2_MAX_FRAME_SIZE, H2_MAX_HEADER_LIST_SIZE
};

struct h2wire;

struct h2field {
	const char	*name, *value;	/* name NULL: the end of a list */
};

struct h2frame {
	uint32_t	 len;
	uint8_t		 type, flags;
	uint32_t	 stream;
	const uint8_t	*payload;	/* good until the next read */
};

struct h2answer {
	int		 status;	/* 0: there was none */
	int64_t		 bytes;		/* of content */
	int64_t		 wrong_at;	/* first wrong byte's offset, or -1 */
	int		 ended;		/* END_STREAM came */
	int64_t		 reset;		/* code of RST_STREAM, or -1 */
	int64_t		 goaway;	/* code of GOAWAY, or -1 */
	int		 closed;	/* the peer closed the connection */
};

/* ---- making frames in memory: the bytes written ---- */

size_t h2wire_put_frame(uint8_t *to, enum h2_type, uint8_t flags,
    uint32_t stream, const void *payload, size_t len);
/* A number in network order: payloads of RST_STREAM, WINDOW_UPDATE. */
size_t h2wire_put_32(uint8_t *to, uint32_t);
size_t h2wire_put_setting(uint8_t *to, enum h2_setting, uint32_t value);
/* An integer with a prefix of `bits`, RFC 7541 5.1; `first` has what stands
 * above them. */
size_t h2wire_put_integer(uint8_t *to, unsigned bits, uint8_t first,
    uint32_t value);
/* Literals without indexing and without Huffman, RFC 7541 6.2.2. */
size_t h2wire_put_field(uint8_t *to, const char *name, const char *value);
size_t h2wire_put_fields(uint8_t *to, const struct h2field *);
/* Those of a GET by http of `path` from authority "test", and `extra` ones,
 * which may be NULL. */
size_t h2wire_put_get(uint8_t *to, const char *path,
    const struct h2field *extra);

/* ---- the connection ---- */

/* TCP alone; `rcvbuf` as wire_connect() has it. */
struct h2wire *h2wire_connect(int port, int rcvbuf);
/* The same with preface, empty SETTINGS, the peer's SETTINGS (for which it
 * waits 5 s) and the ACK of them. */
struct h2wire *h2wire_open(int port);
int h2wire_fd(const struct h2wire *);
/* Closes; with a RST if `reset`.  NULL is fine. */
void h2wire_close(struct h2wire **, int reset);

/* ---- sending, for at most 2 s: 0 ---- */

int h2wire_send(struct h2wire *, const void *bytes, size_t len);
int h2wire_preface(struct h2wire *);
int h2wire_frame(struct h2wire *, enum h2_type, uint8_t flags,
    uint32_t stream, const void *payload, size_t len);
/* A whole request without a body in one HEADERS frame. */
int h2wire_get(struct h2wire *, uint32_t stream, const char *path,
    const struct h2field *extra);
/* HEADERS of these fields alone, with END_HEADERS and `flags`. */
int h2wire_headers(struct h2wire *, uint32_t stream, uint8_t flags,
    const struct h2field *);
int h2wire_window(struct h2wire *, uint32_t stream, uint32_t increment);
int h2wire_rst(struct h2wire *, uint32_t stream, enum h2_error);

/* ---- reading ---- */

/* The next frame: 1; 0 when the peer has closed; -1, ETIMEDOUT after `ms`. */
int h2wire_read(struct h2wire *, struct h2frame *, int ms);
/* The next frame of a type (or H2_ANY) and stream (or H2_ANY), as
 * h2wire_read(); others are read away, SETTINGS among them acknowledged. */
int h2wire_await(struct h2wire *, int type, int64_t stream, struct h2frame *,
    int ms);
/* Reads away what comes until the peer closes: 1; 0 after `ms`. */
int h2wire_closed(struct h2wire *, int ms);
/* 32 bits of a payload, in network order: the codes of RST_STREAM (at 0) and
 * GOAWAY (at 4); 0 when it is too short. */
uint32_t h2wire_number(const struct h2frame *, size_t at);
/* :status of a HEADERS frame as libh2o writes it, or 0. */
int h2wire_status(const struct h2frame *);

/*
 * Reads a stream's answer to its end, a reset, GOAWAY with an error, the close
 * of the connection, or until `ms` bring nothing of them; the content should
 * be what stands at `offset`.  Opens windows again as it reads, acknowledges
 * SETTINGS and answers PING.
 */
struct h2answer h2wire_answer(struct h2wire *, uint32_t stream,
    uint64_t seed, uint64_t offset, int ms);
/* The same, until `most` bytes of content have come, or a few more: its next
 * part is read by another call. */
struct h2answer h2wire_taste(struct h2wire *, uint32_t stream,
    uint64_t seed, uint64_t offset, int64_t most, int ms);

#endif /* TEST_H2WIRE_H */
