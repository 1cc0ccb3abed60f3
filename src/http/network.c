/* SPDX-License-Identifier: ISC */
/* network -- blocks of IP addresses, and which are public; every process */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "reeld/network.h"
#include "reeld/span.h"

#include "scan.h"

static const struct network mapped = { AF_INET6, 96,
    { [10] = 0xff, [11] = 0xff } };

/* IPv6 blocks that carry an IPv4 address, and where in the address. */
static const struct carrier {
	struct network	 net;
	size_t		 offset;
} carriers[] = {
	{ { AF_INET6, 96, { 0x00, 0x64, 0xff, 0x9b } }, 12 },	/* NAT64 */
	{ { AF_INET6, 16, { 0x20, 0x02 } }, 2 },		/* 6to4 */
};

/* All of public IPv6 lies in here. */
static const struct network unicast6 = { AF_INET6, 3, { 0x20 } };

/* Not public: the special purpose registries of IANA, and the address at which
 * one large cloud answers its guests. */
static const struct network special[] = {
	{ AF_INET, 8, { 0 } },
	{ AF_INET, 8, { 10 } },
	{ AF_INET, 10, { 100, 64 } },
	{ AF_INET, 8, { 127 } },
	{ AF_INET, 32, { 168, 63, 129, 16 } },
	{ AF_INET, 16, { 169, 254 } },
	{ AF_INET, 12, { 172, 16 } },
	{ AF_INET, 24, { 192, 0, 0 } },
	{ AF_INET, 24, { 192, 0, 2 } },
	{ AF_INET, 24, { 192, 88, 99 } },
	{ AF_INET, 16, { 192, 168 } },
	{ AF_INET, 15, { 198, 18 } },
	{ AF_INET, 24, { 198, 51, 100 } },
	{ AF_INET, 24, { 203, 0, 113 } },
	{ AF_INET, 4, { 224 } },
	{ AF_INET, 4, { 240 } },
	{ AF_INET6, 23, { 0x20, 0x01 } },
	{ AF_INET6, 32, { 0x20, 0x01, 0x0d, 0xb8 } },
	{ AF_INET6, 20, { 0x3f, 0xff } },
};

static int
holds(const struct network *net, const struct network *address)
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return net->family == address->family &&
	    memcmp(net->address, address->address, whole) == 0 &&
	    (rest == 0 ||
	    (net->address[whole] & mask) == (address->address[whole] & mask));
}

static struct network
carried(const struct network *address, size_t offset)
{
	struct network v4 = { AF_INET, 32, { 0 } };

	memcpy(v4.address, address->address + offset, 4);
	return v4;
}

/* A single address as a network of all its bits, an IPv4 address written as
 * IPv6 as what it is. */
static int
address_of(const struct sockaddr *sa, struct network *out)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		memcpy(out->address, &sin.sin_addr, 4);
		out->family = AF_INET;
		out->bits = 32;
		return 1;
	}
	if (sa->sa_family != AF_INET6)
		return 0;
	memcpy(&sin6, sa, sizeof(sin6));
	memcpy(out->address, &sin6.sin6_addr, 16);
	out->family = AF_INET6;
	out->bits = 128;
	if (holds(&mapped, out))
		*out = carried(out, 12);
	return 1;
}

/* The address part of a block, of either family. */
static int
address_parse(struct span s, struct network *net)
{
	char text[INET6_ADDRSTRLEN];

	memset(net, 0, sizeof(*net));
	if (s.len >= sizeof(text) || s.len == 0 ||
	    memchr(s.base, '\0', s.len) != NULL)
		return -1;
	memcpy(text, s.base, s.len);
	text[s.len] = '\0';
	net->family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
	net->bits = net->family == AF_INET ? 32 : 128;
	return inet_pton(net->family, text, net->address) == 1 ? 0 : -1;
}

static int
bits_behind(const struct network *net)
{
	unsigned i;

	for (i = net->bits; i < (net->family == AF_INET ? 32 : 128); i++)
		if (net->address[i / 8] & 0x80 >> i % 8)
			return 1;
	return 0;
}

int
network_parse(const char *s, size_t len, struct network *net)
{
	const char *slash = memchr(s, '/', len);
	size_t n = slash == NULL ? len : (size_t)(slash - s);
	struct span bits = { s + n, len - n };
	uint64_t v;

	if (address_parse((struct span){ s, n }, net) == -1)
		return -1;
	if (scan_char(&bits, '/')) {
		if (scan_number(&bits, &v) == 0 || bits.len > 0 ||
		    v > net->bits)
			return -1;
		net->bits = (unsigned)v;
	}
	if (bits_behind(net))
		return -1;
	if (net->bits >= mapped.bits && holds(&mapped, net)) {
		v = net->bits - mapped.bits;
		*net = carried(net, 12);
		net->bits = (unsigned)v;
	}
	return 0;
}

int
network_literal(const char *s, size_t len, struct sockaddr_storage *out)
{
	struct network net;
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof(*out));
	if (address_parse((struct span){ s, len }, &net) == -1)
		return -1;
	if (net.family == AF_INET) {
		memcpy(&sin.sin_addr, net.address, 4);
		memcpy(out, &sin, sizeof(sin));
	} else {
		memcpy(&sin6.sin6_addr, net.address, 16);
		memcpy(out, &sin6, sizeof(sin6));
	}
	return 0;
}

int
network_holds(const struct network *net, const struct sockaddr *sa)
{
	struct network address;

	return address_of(sa, &address) && holds(net, &address);
}

int
network_public(const struct sockaddr *sa)
{
	struct network address;
	size_t i;

	if (!address_of(sa, &address))
		return 0;
	for (i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
		if (holds(&carriers[i].net, &address)) {
			address = carried(&address, carriers[i].offset);
			break;
		}
	if (address.family == AF_INET6 && !holds(&unicast6, &address))
		return 0;
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (holds(&special[i], &address))
			return 0;
	return 1;
}

int
network_any(const struct network *nets, size_t n, const struct sockaddr *sa)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (network_holds(&nets[i], sa))
			return 1;
	return 0;
}
