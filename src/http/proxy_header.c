/* SPDX-License-Identifier: ISC */
/* proxy_header -- the PROXY protocol, versions 1 and 2; worker */
#include "config.h"

#include <sys/param.h>

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "reeld/network.h"
#include "reeld/proxy_header.h"
#include "reeld/span.h"

#include "scan.h"

#define LINE_MAX_V1	107	/* bytes, CRLF included (2.1) */
#define HEADER_MAX_V2	4096
#define FIXED_V2	16	/* signature, command, family, length (2.2) */
#define SIGNATURE_LEN	12
#define PP2_TYPE_CRC32C	0x03	/* 2.2.3 */
#define CRC_LEN		4

static const char signature[SIGNATURE_LEN] = "\r\n\r\n\0\r\nQUIT\n";

/* ---- version 1: a line of text ---- */

/* A number without needless zeros, as 2.1 has it. */
static int
take_port(struct span *s, uint64_t *port)
{
	int zero = s->len > 0 && s->base[0] == '0';
	size_t digits = scan_number(s, port);

	return digits > 0 && (digits == 1 || !zero) && *port <= UINT16_MAX;
}

static int
take_address(struct span *s, int family, struct sockaddr_storage *out)
{
	const char *sp = memchr(s->base, ' ', s->len);
	size_t n = sp == NULL ? 0 : (size_t)(sp - s->base);

	if (sp == NULL || network_literal(s->base, n, out) == -1)
		return 0;
	*s = (struct span){ sp + 1, s->len - n - 1 };
	return out->ss_family == family;
}

/* It stands at the same place in both families. */
static void
set_port(struct sockaddr_storage *ss, uint16_t port)
{
	in_port_t value = htons(port);

	_Static_assert(offsetof(struct sockaddr_in, sin_port) ==
	    offsetof(struct sockaddr_in6, sin6_port), "port");
	memcpy((char *)ss + offsetof(struct sockaddr_in, sin_port), &value,
	    sizeof(value));
}

/* `source destination source-port destination-port`, of one family. */
static enum proxy_header_verdict
ends_parse(struct span s, int family, struct sockaddr_storage *source)
{
	struct sockaddr_storage destination;
	uint64_t from, to;

	if (!take_address(&s, family, source) ||
	    !take_address(&s, family, &destination) ||
	    !take_port(&s, &from) || !scan_char(&s, ' ') ||
	    !take_port(&s, &to) || s.len > 0)
		return PROXY_HEADER_BAD;
	set_port(source, (uint16_t)from);
	return PROXY_HEADER_WHOLE;
}

static enum proxy_header_verdict
line_parse(struct span line, struct sockaddr_storage *source)
{
	if (memchr(line.base, '\r', line.len) != NULL)
		return PROXY_HEADER_BAD;
	scan_text(&line, "PROXY ");
	if (scan_text(&line, "TCP4 "))
		return ends_parse(line, AF_INET, source);
	if (scan_text(&line, "TCP6 "))
		return ends_parse(line, AF_INET6, source);
	/* Whatever else such a line says is to be ignored. */
	if (scan_text(&line, "UNKNOWN") &&
	    (line.len == 0 || line.base[0] == ' '))
		return PROXY_HEADER_HIDDEN;
	return PROXY_HEADER_BAD;
}

static enum proxy_header_verdict
parse_v1(const char *bytes, size_t len, size_t *used,
    struct sockaddr_storage *source)
{
	const char *lf = memchr(bytes, '\n', MIN(len, LINE_MAX_V1));

	if (lf == NULL)
		return len < LINE_MAX_V1 ? PROXY_HEADER_MORE : PROXY_HEADER_BAD;
	if (lf[-1] != '\r')
		return PROXY_HEADER_BAD;
	*used = (size_t)(lf - bytes) + 1;
	return line_parse((struct span){ bytes, *used - 2 }, source);
}

/* ---- version 2: binary ---- */

static unsigned
big_endian16(const char *p)
{
	return (unsigned)(uint8_t)p[0] << 8 | (uint8_t)p[1];
}

static uint32_t
big_endian32(const char *p)
{
	return big_endian16(p) << 16 | big_endian16(p + 2);
}

/* CRC32C (RFC 9260, appendix A) of the header, its own four bytes as zeros. */
static uint32_t
checksum(const char *bytes, size_t len, size_t own)
{
	uint32_t crc = UINT32_MAX;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		if (i < own || i >= own + CRC_LEN)
			crc ^= (uint8_t)bytes[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* The records behind the addresses; what they tell is not used, but they must
 * fill the header to its end, and a checksum must be right (2.2.3). */
static int
records_valid(const char *bytes, size_t len, size_t at)
{
	size_t length;
	int type;

	while (at < len) {
		if (len - at < 3)
			return 0;
		type = (uint8_t)bytes[at];
		length = big_endian16(bytes + at + 1);
		at += 3;
		if (length > len - at)
			return 0;
		if (type == PP2_TYPE_CRC32C && (length != CRC_LEN ||
		    big_endian32(bytes + at) != checksum(bytes, len, at)))
			return 0;
		at += length;
	}
	return 1;
}

/* Families and transports of 2.2 with the room their addresses take. */
static const struct family {
	int		 code;
	int		 af;		/* AF_UNSPEC: we do not look */
	size_t		 room;
} families[] = {
	{ 0x11, AF_INET, 12 }, { 0x12, AF_INET, 12 },
	{ 0x21, AF_INET6, 36 }, { 0x22, AF_INET6, 36 },
	{ 0x31, AF_UNSPEC, 216 }, { 0x32, AF_UNSPEC, 216 },
};

static void
take_source(const char *addresses, int family, struct sockaddr_storage *out)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (family == AF_INET) {
		memcpy(&in4.sin_addr, addresses, 4);
		memcpy(&in4.sin_port, addresses + 8, 2);
		memcpy(out, &in4, sizeof(in4));
	} else if (family == AF_INET6) {
		memcpy(&in6.sin6_addr, addresses, 16);
		memcpy(&in6.sin6_port, addresses + 32, 2);
		memcpy(out, &in6, sizeof(in6));
	}
}

static enum proxy_header_verdict
proxied_parse(const char *bytes, size_t len, struct sockaddr_storage *source)
{
	const struct family *f;
	size_t i;

	/* Unspecified: what follows is to be ignored. */
	if (bytes[13] == 0)
		return PROXY_HEADER_HIDDEN;
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		f = &families[i];
		if (f->code != (uint8_t)bytes[13])
			continue;
		if (len - FIXED_V2 < f->room ||
		    !records_valid(bytes, len, FIXED_V2 + f->room))
			return PROXY_HEADER_BAD;
		take_source(bytes + FIXED_V2, f->af, source);
		return PROXY_HEADER_WHOLE;
	}
	return PROXY_HEADER_BAD;
}

static enum proxy_header_verdict
parse_v2(const char *bytes, size_t len, size_t *used,
    struct sockaddr_storage *source)
{
	size_t whole;

	if (len < FIXED_V2)
		return PROXY_HEADER_MORE;
	whole = FIXED_V2 + big_endian16(bytes + 14);
	if (whole > HEADER_MAX_V2)
		return PROXY_HEADER_BAD;
	if (len < whole)
		return PROXY_HEADER_MORE;
	*used = whole;
	switch ((uint8_t)bytes[12]) {
	case 0x20:		/* LOCAL: all of it is to be ignored */
		return PROXY_HEADER_WHOLE;
	case 0x21:		/* PROXY */
		return proxied_parse(bytes, whole, source);
	default:
		return PROXY_HEADER_BAD;
	}
}

/* 1 when the bytes and the text are the same as far as both go. */
static int
begins(const char *bytes, size_t len, const char *text, size_t textlen)
{
	return memcmp(bytes, text, MIN(len, textlen)) == 0;
}

enum proxy_header_verdict
proxy_header_parse(const char *bytes, size_t len, size_t *used,
    struct sockaddr_storage *source)
{
	memset(source, 0, sizeof(*source));
	if (begins(bytes, len, signature, SIGNATURE_LEN))
		return parse_v2(bytes, len, used, source);
	if (begins(bytes, len, "PROXY ", 6))
		return parse_v1(bytes, len, used, source);
	return PROXY_HEADER_BAD;
}
