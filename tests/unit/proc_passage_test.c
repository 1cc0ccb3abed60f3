/* SPDX-License-Identifier: ISC */
/* proc_passage_test -- the channel, and frames of words */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/passage.h"
#include "../helper/proc.h"

Test(passage, pairs_go_through)
{
	int before = proc_open_fds(), ends[2], ours, theirs;
	char byte = 'x';

	cr_assert_eq(passage_channel(ends), 0);
	cr_expect_eq(passage_accept(ends[1]), -1);
	cr_expect_eq(errno, EAGAIN);
	ours = passage_open(ends[0]);
	cr_assert_neq(ours, -1);
	theirs = passage_accept(ends[1]);
	cr_assert_neq(theirs, -1);
	cr_expect_eq(read(theirs, &byte, 1), -1);
	cr_expect_eq(errno, EAGAIN);
	cr_expect_eq(write(ours, "a", 1), 1);
	cr_expect_eq(read(theirs, &byte, 1), 1);
	cr_expect_eq(byte, 'a');
	close(ours);
	cr_expect_eq(read(theirs, &byte, 1), 0);
	close(theirs);
	close(ends[0]);
	close(ends[1]);
	cr_expect_eq(proc_open_fds(), before);
}

/* Nobody reads: at some point it says so, and leaks nothing. */
Test(passage, full)
{
	int before = proc_open_fds(), ends[2], ours[4096], n = 0, fd;

	cr_assert_eq(passage_channel(ends), 0);
	while (n < 4096 && (ours[n] = passage_open(ends[0])) != -1)
		n++;
	cr_expect(errno == EAGAIN || errno == ETOOMANYREFS ||
	    errno == EMFILE, "%s", strerror(errno));
	cr_expect_gt(n, 64);
	cr_expect_lt(n, 4096);
	cr_expect_eq(proc_open_fds(), before + 2 + n);
	while ((fd = passage_accept(ends[1])) != -1)
		close(fd);
	while (n > 0)
		close(ours[--n]);
	close(ends[0]);
	close(ends[1]);
	cr_expect_eq(proc_open_fds(), before);
}

Test(passage, words)
{
	static struct passage_text t;
	struct span rest;
	int64_t n;

	passage_begin(&t, PASSAGE_HEAD);
	passage_put_number(&t, 200);
	passage_put(&t, span_of("a: b"));
	passage_put(&t, span_of(""));
	passage_put_number(&t, -1);
	cr_assert_eq(t.full, 0);
	cr_expect(passage_sound(&t.frame));
	rest = (struct span){ t.words, t.frame.len };
	cr_expect_eq(passage_number(&rest, &n), 0);
	cr_expect_eq(n, 200);
	cr_expect_str_eq(passage_word(&rest), "a: b");
	cr_expect_str_eq(passage_word(&rest), "");
	cr_expect_eq(passage_number(&rest, &n), 0);
	cr_expect_eq(n, -1);
	cr_expect_null(passage_word(&rest));
	cr_expect_eq(passage_number(&rest, &n), -1);
}

Test(passage, no_numbers)
{
	static const char *const bad[] = { "", "x", "1x", "-2", " ",
		"99999999999999999999" };
	struct span rest;
	size_t i;
	int64_t n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rest = (struct span){ bad[i], strlen(bad[i]) + 1 };
		cr_expect_eq(passage_number(&rest, &n), -1, "%s", bad[i]);
	}
	rest = (struct span){ "12", 2 };	/* it does not end */
	cr_expect_eq(passage_number(&rest, &n), -1);
}

Test(passage, too_much)
{
	static struct passage_text t;
	static char big[PASSAGE_MAX];
	struct passage_frame f = { PASSAGE_BODY, PASSAGE_MAX };

	passage_begin(&t, PASSAGE_ASK);
	passage_put(&t, (struct span){ big, PASSAGE_MAX - 1 });
	cr_expect_eq(t.full, 0);
	cr_expect_eq(t.frame.len, PASSAGE_MAX);
	passage_put(&t, span_of(""));
	cr_expect_eq(t.full, 1);
	cr_expect_eq(t.frame.len, PASSAGE_MAX);
	cr_expect(passage_sound(&f));
	f.len++;
	cr_expect(!passage_sound(&f));
	f = (struct passage_frame){ PASSAGE_KINDS, 1 };
	cr_expect(!passage_sound(&f));
	f = (struct passage_frame){ PASSAGE_END, 1 };
	cr_expect(!passage_sound(&f));
	f = (struct passage_frame){ PASSAGE_BODY, 0 };
	cr_expect(!passage_sound(&f));
}
