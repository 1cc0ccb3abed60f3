/* SPDX-License-Identifier: ISC */
/* client -- who a request comes from; worker */
#include "config.h"

#include <arpa/inet.h>

#include <string.h>

#include <bsd/string.h>

#include "reeld/counter.h"
#include "reeld/forwarded.h"
#include "reeld/tally.h"
#include "client.h"
#include "conn.h"
#include "refuse.h"
#include "trust.h"

/* What is kept of it, in the request's pool. */
struct known {
	struct client	 client;
	int		 brought;	/* by a proxy that says for whom */
	int		 counted;	/* in its tally */
};

static const struct network loopback[] = {
	{ AF_INET, 8, { 127 } },
	{ AF_INET6, 128, { [15] = 1 } },
};
#define LOOPBACKS (sizeof(loopback) / sizeof(loopback[0]))

/* ---- addresses ---- */

static int
is_unix(const uint64_t address[2])
{
	return address[0] == 0 && address[1] == 0;
}

static int
is_in(const struct network *nets, size_t n, const uint64_t address[2])
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	memcpy(&sin6.sin6_addr, address, sizeof(sin6.sin6_addr));
	return network_any(nets, n, (const struct sockaddr *)&sin6);
}

void
client_address(const struct sockaddr *sa, uint64_t address[2])
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;
	uint8_t bytes[16] = { 0 };

	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		bytes[10] = bytes[11] = 0xff;
		memcpy(bytes + 12, &sin.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		memcpy(bytes, &sin6.sin6_addr, 16);
	}
	memcpy(address, bytes, sizeof(bytes));
}

int
client_is_local(const uint64_t address[2])
{
	return is_unix(address) || is_in(loopback, LOOPBACKS, address);
}

void
client_print(const uint64_t address[2], char name[CLIENT_NAME])
{
	struct in6_addr in6;

	memcpy(&in6, address, sizeof(in6));
	if (is_unix(address))
		strlcpy(name, "unix:", CLIENT_NAME);
	else if (IN6_IS_ADDR_V4MAPPED(&in6))
		inet_ntop(AF_INET, &in6.s6_addr[12], name, CLIENT_NAME);
	else
		inet_ntop(AF_INET6, &in6, name, CLIENT_NAME);
}

int
client_parse(const char *text, char name[CLIENT_NAME])
{
	struct sockaddr_storage ss;
	uint64_t address[2];

	if (network_literal(text, strlen(text), &ss) == -1)
		return -1;
	client_address((const struct sockaddr *)&ss, address);
	client_print(address, name);
	return 0;
}

/* ---- what the request says ---- */

/* The lines of a field as one (RFC 9110, 5.3). */
static struct span
field(h2o_req_t *req, const char *name)
{
	const h2o_header_t *lines = req->headers.entries;
	size_t len = 0, n = strlen(name);
	struct span all = { NULL, 0 };
	char *text = NULL;
	ssize_t i = -1;

	while ((i = h2o_find_header_by_str(&req->headers, name, n, i)) != -1) {
		all = (struct span){ lines[i].value.base, lines[i].value.len };
		len += all.len + 2;
	}
	if (all.base == NULL || len == all.len + 2)
		return all;
	all = (struct span){ text = h2o_mem_alloc_pool(&req->pool, len),
	    len - 2 };
	while ((i = h2o_find_header_by_str(&req->headers, name, n, i)) != -1) {
		memcpy(text, lines[i].value.base, lines[i].value.len);
		text += lines[i].value.len;
		memcpy(text, ", ", 2);
		text += 2;
	}
	return all;
}

/* 1 when somebody in front of reeld has written any of them. */
static int
read_fields(h2o_req_t *req, struct forwarded_fields *f)
{
	f->forwarded = field(req, "forwarded");
	f->x_for = field(req, "x-forwarded-for");
	f->x_proto = field(req, "x-forwarded-proto");
	f->x_host = field(req, "x-forwarded-host");
	f->x_prefix = field(req, "x-forwarded-prefix");
	return f->forwarded.base != NULL || f->x_for.base != NULL ||
	    f->x_proto.base != NULL || f->x_host.base != NULL ||
	    f->x_prefix.base != NULL;
}

/* 1 when all that the request came through is this machine: not even a trusted
 * proxy elsewhere can make its client one of ours. */
static int
came_from_here(const struct forwarded_fields *f)
{
	struct forwarded told;
	uint64_t address[2];

	forwarded_read(f, loopback, LOOPBACKS, &told);
	if (told.client.ss_family == AF_UNSPEC)
		return 0;
	client_address((const struct sockaddr *)&told.client, address);
	return is_in(loopback, LOOPBACKS, address);
}

/* A proxy speaks for its client. */
static void
believe(struct known *k, const struct forwarded_fields *f)
{
	struct client *client = &k->client;
	const struct network *proxies;
	struct forwarded told;
	size_t n;

	if (f->forwarded.base == NULL && f->x_for.base == NULL) {
		client->local = 0;	/* a proxy that does not say for whom */
		return;
	}
	client->local = client->local && came_from_here(f);
	proxies = trust_networks(&n);
	forwarded_read(f, proxies, n, &told);
	if (told.client.ss_family != AF_UNSPEC) {
		client_address((const struct sockaddr *)&told.client,
		    client->address);
		client_print(client->address, client->name);
	}
	k->brought = told.client.ss_family == AF_UNSPEC ||
	    (!is_in(loopback, LOOPBACKS, client->address) &&
	    !is_in(proxies, n, client->address));
}

static void
on_dispose(void *arg)
{
	struct known *k = arg;

	if (k->counted)
		tally_leave(k->client.address);
}

static struct known *
make_known(h2o_req_t *req)
{
	const struct conn *c = worker_conn(req);
	struct forwarded_fields f;
	struct known *k;

	k = h2o_mem_alloc_shared(&req->pool, sizeof(*k), on_dispose);
	memset(k, 0, sizeof(*k));
	strlcpy(k->client.name, c->peer, sizeof(k->client.name));
	memcpy(k->client.address, c->address, sizeof(k->client.address));
	k->client.local = c->local;
	if (!read_fields(req, &f))
		return k;
	if (c->trusted)
		believe(k, &f);
	else
		k->client.local = 0;
	return k;
}

/* Made once: the variables that libh2o keeps for a request hold it. */
static struct known *
known_of(h2o_req_t *req)
{
	h2o_iovec_t *kept = h2o_req_getenv(req, H2O_STRLIT("client"), 1);

	if (kept->base == NULL)
		kept->base = (char *)make_known(req);
	return (struct known *)kept->base;
}

const struct client *
client_of(h2o_req_t *req)
{
	return &known_of(req)->client;
}

int
client_enter(h2o_req_t *req)
{
	struct known *k = known_of(req);
	unsigned most = worker.conf->client_connections;

	if (!k->brought || most == 0)
		return 0;
	k->counted = 1;
	if (tally_enter(k->client.address) <= most)
		return 0;
	counter_add(COUNTER_CLIENTS_REFUSED, 1);
	refuse(req, 429, 1, NULL, "too many requests from this address are "
	    "under way");
	return -1;
}
