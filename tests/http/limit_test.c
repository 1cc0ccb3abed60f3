/* SPDX-License-Identifier: ISC */
/* limit_test -- how many connections an address, and a worker, may have;
 * tests */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../helper/exam.h"
#include "../helper/wire.h"

#define MOST	8		/* connections of one address */

/* A connection whose PROXY header names the client: a descriptor. */
static int
come_from(int port, const char *address)
{
	int fd = wire_connect(port, 0);

	cr_assert(fd != -1);
	cr_assert(wire_say(fd, "PROXY TCP%c %s %s 5000 80\r\n",
	    strchr(address, ':') != NULL ? '6' : '4', address,
	    strchr(address, ':') != NULL ? "2001:db8::1" : "192.0.2.1") == 0);
	return fd;
}

/* 1 when it is let in, and stays open. */
static int
is_served(int fd)
{
	char head[2048], body[4096];
	int64_t len;

	if (wire_say(fd, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n") == -1 ||
	    wire_head(fd, head, sizeof(head), 5000) != 200)
		return 0;
	len = wire_content_length(head);
	return len > 0 && len < (int64_t)sizeof(body) &&
	    wire_read_all(fd, body, (size_t)len, 5000) == 0;
}

static struct reeld *
start(int port, const char *more)
{
	return reeld_start("client_connections = %d\n%s"
	    "listen \"127.0.0.1:%d\" {"
	    " serve = {\"media\", \"status\", \"metrics\"} }\n"
	    "listen \"127.0.0.1:%d\" { proxy_protocol = true }\n", MOST, more,
	    free_port(), port);
}

static int64_t
refused(const struct reeld *r)
{
	json_t *status = exam_ctl_json(r, "-j status");
	int64_t n = exam_integer(json_object_get(status, "counters"),
	    "clients_refused_total");

	json_decref(status);
	return n;
}

/* Over all workers, whichever got them. */
Test(limit, of_an_address)
{
	int port = free_port(), fds[MOST], i, other, more;
	struct reeld *r = start(port, "workers = 3\n");

	for (i = 0; i < MOST; i++) {
		fds[i] = come_from(port, "203.0.113.9");
		cr_assert(is_served(fds[i]), "connection %d", i);
	}
	for (i = 0; i < 3; i++) {
		more = come_from(port, "203.0.113.9");
		cr_assert(wire_closed(more, 5000));
		close(more);
	}
	cr_assert(eq(i64, refused(r), 3));
	other = come_from(port, "203.0.113.10");
	cr_assert(is_served(other));
	close(other);
	/* one that leaves makes room */
	close(fds[0]);
	cr_assert(AWAIT((fds[0] = come_from(port, "203.0.113.9"),
	    is_served(fds[0]) || (close(fds[0]), 0)), 5000));
	for (i = 0; i < MOST; i++)
		close(fds[i]);
	reeld_stop(&r);
}

/* A household has a /64 of IPv6. */
Test(limit, of_an_ipv6_network)
{
	char address[64];
	int port = free_port(), fds[MOST], i, more;
	struct reeld *r = start(port, "workers = 2\n");

	for (i = 0; i < MOST; i++) {
		snprintf(address, sizeof(address), "2001:db8:7:8::%x", i + 1);
		fds[i] = come_from(port, address);
		cr_assert(is_served(fds[i]), "connection %d", i);
	}
	more = come_from(port, "2001:db8:7:8:ffff::1");
	cr_assert(wire_closed(more, 5000));
	close(more);
	more = come_from(port, "2001:db8:7:9::1");
	cr_assert(is_served(more));
	close(more);
	for (i = 0; i < MOST; i++)
		close(fds[i]);
	reeld_stop(&r);
}

/* What a dead worker counted is gone with its connections. */
Test(limit, after_a_kill)
{
	int port = free_port(), fds[MOST], i;
	struct reeld *r = start(port, "workers = 1\n");

	for (i = 0; i < MOST; i++) {
		fds[i] = come_from(port, "203.0.113.9");
		cr_assert(is_served(fds[i]));
	}
	cr_assert(eq(int, reeld_kill(r, "worker", SIGKILL), 1));
	for (i = 0; i < MOST; i++) {
		cr_assert(wire_closed(fds[i], 5000));
		close(fds[i]);
		fds[i] = come_from(port, "203.0.113.9");
	}
	for (i = 0; i < MOST; i++) {
		cr_assert(is_served(fds[i]), "connection %d", i);
		close(fds[i]);
	}
	reeld_stop(&r);
}

/* This machine, and whoever speaks for others, is not counted. */
Test(limit, not_of_this_machine)
{
	int port = free_port(), fds[3 * MOST], i;
	struct reeld *r = start(port, "workers = 1\n"
	    "trusted_proxies = {\"127.0.0.0/8\", \"198.51.100.0/24\"}\n");

	for (i = 0; i < 3 * MOST; i++) {
		fds[i] = i % 2 == 0 ? wire_connect(reeld_port(r), 0) :
		    come_from(port, "198.51.100.7");
		cr_assert(is_served(fds[i]), "connection %d", i);
	}
	for (i = 0; i < 3 * MOST; i++)
		close(fds[i]);
	cr_assert(eq(i64, refused(r), 0));
	reeld_stop(&r);
}

/* The one too many waits in the queue, and is served when another leaves. */
Test(limit, of_a_worker)
{
	struct reeld *r = reeld_start("workers = 1\nworker_connections = 6\n");
	int fds[6], i, more;
	char c;

	for (i = 0; i < 6; i++) {
		fds[i] = wire_connect(reeld_port(r), 0);
		cr_assert(is_served(fds[i]), "connection %d", i);
	}
	more = wire_connect(reeld_port(r), 0);
	cr_assert(more != -1);
	cr_assert(wire_say(more, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
	    == 0);
	cr_assert(eq(int, (int)wire_read(more, &c, 1, 500), -1));
	close(fds[3]);
	cr_assert(eq(int, (int)wire_read(more, &c, 1, 5000), 1));
	close(more);
	for (i = 0; i < 6; i++)
		if (i != 3)
			close(fds[i]);
	reeld_stop(&r);
}
