/* SPDX-License-Identifier: ISC */
/* gauges -- what /metrics says; runs in test programs */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "exam.h"
#include "gauges.h"
#include "wire.h"

#define ANSWER_MS	5000

void
gauges_open(struct gauges *g, int port)
{
	g->fd = wire_connect(port, 0);
	cr_assert_neq(g->fd, -1, "/metrics: no connection");
}

void
gauges_close(struct gauges *g)
{
	close(g->fd);
	g->fd = -1;
}

void
gauges_look(struct gauges *g)
{
	char head[4096];
	int64_t len;

	wire_say(g->fd, "GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
	cr_assert_eq(wire_head(g->fd, head, sizeof(head), ANSWER_MS), 200);
	len = wire_content_length(head);
	cr_assert(len > 0 && len < (int64_t)sizeof(g->page));
	cr_assert_eq(wire_read_all(g->fd, g->page, (size_t)len, ANSWER_MS),
	    0);
	g->page[len] = '\0';
}

int64_t
gauges_value(const struct gauges *g, const char *name)
{
	char line[128];
	const char *at;

	snprintf(line, sizeof(line), "\nreeld_%s ", name);
	at = strstr(g->page, line);
	cr_assert_not_null(at, "no metric %s", name);
	return strtoll(at + strlen(line), NULL, 10);
}

int
gauges_clients(struct gauges *g, int viewers, int connections)
{
	gauges_look(g);
	return gauges_value(g, "viewers") == viewers &&
	    gauges_value(g, "client_connections") == connections + 1;
}

/* The bits of the slots of a role. */
static uint64_t
slots_of(const struct reeld *r, const char *role)
{
	json_t *status = exam_ctl_json(r, "-j status"), *one;
	const json_t *all = json_object_get(status, "processes"), *slot;
	uint64_t bits = 0;
	size_t i;

	json_array_foreach(all, i, one) {
		slot = json_object_get(one, "slot");
		if (json_is_integer(slot) &&
		    strcmp(exam_string(one, "role"), role) == 0)
			bits |= 1ULL << json_integer_value(slot);
	}
	json_decref(status);
	cr_assert_neq(bits, 0, "there is no %s", role);
	return bits;
}

int
gauges_pins(const struct reeld *r, const char *role)
{
	static const char pinned[] = " is pinned by ";
	uint64_t bits = role == NULL ? UINT64_MAX : slots_of(r, role);
	static char said[65536];
	const char *at = said;
	int n = 0;

	reeld_ctl(r, "audit idle", said, sizeof(said));
	cr_assert_not_null(strstr(said, "invariants"), "audit idle: %s",
	    said);
	while ((at = strstr(at, pinned)) != NULL) {
		at += strlen(pinned);
		n += (strtoull(at, NULL, 16) & bits) != 0;
	}
	return n;
}
