/* SPDX-License-Identifier: ISC */
/* h2case -- cases of RFC 9113 and RFC 7541; runs in test programs */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "data.h"
#include "exam.h"
#include "h2case.h"
#include "now.h"

#define NEXT		9999	/* stream of the request that proves it */
#define NEXT_BYTES	1000	/* of H2SCRIPT_PATH */
#define WAIT_MS		2000

/* What came on one stream. */
struct seen {
	uint32_t	 stream;
	int		 status;
	int64_t		 bytes, wrong_at;
	int		 ended;
	int64_t		 reset;		/* code, or -1 */
};

struct run {
	const struct h2case *row;
	struct h2wire	*wire;
	struct seen	 tested, next;
	int		 asked;		/* for the next */
	int64_t		 goaway;	/* code of an error, or -1 */
	int		 closed, cut;
	char		 why[256];	/* "": as it should be */
};

static struct seen
unseen(uint32_t stream)
{
	return (struct seen){ .stream = stream, .wrong_at = -1,
	    .reset = -1 };
}

static void
see(struct seen *s, const struct h2frame *f)
{
	if (f->stream != s->stream)
		return;
	if (f->type == H2_HEADERS && s->status == 0)
		s->status = h2wire_status(f);
	if (f->type == H2_RST_STREAM)
		s->reset = h2wire_number(f, 0);
	if (f->type == H2_DATA && s->wrong_at == -1)
		s->wrong_at = data_check(data_seed("/f/film", 1),
		    (uint64_t)s->bytes, f->payload, f->len);
	if (f->type == H2_DATA)
		s->bytes += f->len;
	if (f->type == H2_DATA || f->type == H2_HEADERS)
		s->ended |= f->flags & H2_END_STREAM;
}

static int
over(const struct seen *s)
{
	return s->ended || s->reset != -1;
}

/* Reads until the stream is over, GOAWAY tells of an error, the connection is
 * closed, or WAIT_MS have passed. */
static void
watch(struct run *r, const struct seen *until)
{
	int64_t end = now_us() + WAIT_MS * 1000, left;
	struct h2frame f;
	int ok = 1;

	while (ok == 1 && !over(until) && r->goaway == -1) {
		left = (end - now_us()) / 1000;
		ok = h2wire_read(r->wire, &f, left > 0 ? (int)left : 0);
		if (ok != 1)
			break;
		see(&r->tested, &f);
		see(&r->next, &f);
		if (f.type == H2_GOAWAY && h2wire_number(&f, 4) != 0)
			r->goaway = h2wire_number(&f, 4);
	}
	r->closed |= ok == 0;
}

static int
send_script(struct run *r, const char *text)
{
	static uint8_t bytes[H2SCRIPT_MAX];

	/* A peer that has closed already is seen when it is read. */
	return h2wire_send(r->wire, bytes, h2script_put(bytes, text));
}

static void
wrong(struct run *r, const char *what)
{
	if (r->why[0] != '\0')
		return;
	snprintf(r->why, sizeof(r->why), "%s (status %d, %lld bytes, wrong at"
	    " %lld, reset %lld, GOAWAY %lld%s; next: status %d, %lld bytes)",
	    what, r->tested.status, (long long)r->tested.bytes,
	    (long long)r->tested.wrong_at, (long long)r->tested.reset,
	    (long long)r->goaway, r->closed ? ", closed" : "",
	    r->next.status, (long long)r->next.bytes);
}

static int
in_set(const struct h2case *row, int64_t code)
{
	return code >= 0 && code < 32 && row->codes >> code & 1;
}

/* The connection has ended, or should: RFC 9113, 5.4.1. */
static void
judge_cut(struct run *r)
{
	r->cut = 1;
	if ((r->row->may & H2_CUT) == 0)
		wrong(r, "the connection was cut");
	if (r->goaway != -1 && !in_set(r->row, r->goaway))
		wrong(r, "GOAWAY with another code");
	if (!r->closed && !h2wire_closed(r->wire, WAIT_MS))
		wrong(r, "it was not closed");
}

static void
ask_next(struct run *r)
{
	if (!r->asked)
		h2wire_get(r->wire, NEXT, H2SCRIPT_PATH, NULL);
	r->asked = 1;
	watch(r, &r->next);
}

/* The connection goes on: the next request is answered as ever. */
static void
judge_next(struct run *r)
{
	if (r->tested.stream >= NEXT)
		return;
	ask_next(r);
	if (r->next.status != 200 || r->next.bytes != NEXT_BYTES ||
	    r->next.wrong_at != -1 || !r->next.ended)
		wrong(r, "the next request was not answered rightly");
}

static void
judge_answer(struct run *r)
{
	const struct h2case *row = r->row;
	const struct seen *s = &r->tested;

	if ((row->may & H2_ANSWER) == 0)
		wrong(r, "it was answered");
	else if (s->status != row->status &&
	    (row->or_status == 0 || s->status != row->or_status))
		wrong(r, "another status");
	else if (s->status / 100 == 2 && s->wrong_at != -1)
		wrong(r, "wrong content");
	judge_next(r);
}

static void
judge_reset(struct run *r)
{
	if ((r->row->may & H2_RESET) == 0)
		wrong(r, "the stream was reset");
	else if (!in_set(r->row, r->tested.reset))
		wrong(r, "reset with another code");
	judge_next(r);
}

static void
judge(struct run *r)
{
	/* Only the next answer shows that nothing else comes. */
	if (r->row->may & H2_IGNORE)
		ask_next(r);
	else
		watch(r, &r->tested);
	if (r->goaway != -1 || r->closed)
		judge_cut(r);
	else if (r->tested.reset != -1)
		judge_reset(r);
	else if (r->tested.status != 0)
		judge_answer(r);
	else if (r->row->may & H2_IGNORE)
		judge_next(r);
	else if (r->row->raw && (r->row->may & H2_CUT))
		judge_cut(r);	/* what came may be HTTP/1 */
	else
		wrong(r, "nothing came");
}

static void
run_row(struct run *r, int port)
{
	const struct h2case *row = r->row;

	r->wire = row->raw ? h2wire_connect(port, 0) : h2wire_open(port);
	cr_assert_not_null(r->wire, "%s: no connection", row->what);
	r->goaway = -1;
	r->tested = unseen(1);
	r->next = unseen(NEXT);
	if (row->first != NULL) {
		send_script(r, row->first);
		watch(r, &r->tested);
		if (!r->tested.ended && r->tested.reset == -1)
			wrong(r, "what came before was not answered");
	}
	r->tested = unseen(row->stream == 0 ? 1 : row->stream);
	send_script(r, row->frames);
	judge(r);
	h2wire_close(&r->wire, 0);
}

void
h2case_start(void)
{
	exam_start("", "");
}

void
h2case_stop(void)
{
	exam_stop();
}

int
h2case_port(void)
{
	return reeld_port(exam.reeld);
}

void
h2case_run(const struct h2case *rows, size_t n)
{
	unsigned deviations = 0, silent = 0;
	struct run r;
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&r, 0, sizeof(r));
		r.row = &rows[i];
		run_row(&r, h2case_port());
		silent += r.cut && r.goaway == -1;
		if (rows[i].deviates == NULL) {
			cr_expect_eq(r.why[0], '\0', "%s, %s: %s",
			    rows[i].section, rows[i].what, r.why);
			continue;
		}
		deviations++;
		cr_expect_neq(r.why[0], '\0', "%s, %s: no deviation any more",
		    rows[i].section, rows[i].what);
		printf("known deviation: %s, %s: %s; %s\n", rows[i].section,
		    rows[i].what, r.why, rows[i].deviates);
	}
	printf("%zu cases, %u of them known deviations, %u cut without "
	    "GOAWAY\n", n, deviations, silent);
}
