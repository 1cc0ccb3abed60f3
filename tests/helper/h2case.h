/* SPDX-License-Identifier: ISC */
/*
 * h2case -- cases of RFC 9113 and RFC 7541, one row each, put to reeld
 *
 * A row says which frames a client sends, and what the RFC lets a server do.
 * Whatever that is, a connection that stays must answer the next request with
 * the right content, and one that does not must be closed within 2 s.
 *
 * Runs in:  test programs, from their first thread.
 * Touches:  a connection for each row; reeld and its source.
 * Locks:    none.
 * Owns:     reeld and its source, from h2case_start() to h2case_stop().
 * Fails:    the test, once for each row.
 */
#ifndef TEST_H2CASE_H
#define TEST_H2CASE_H

#include <stddef.h>
#include <stdint.h>

#include "h2script.h"
#include "h2wire.h"

/* What a server may do; several where the RFC says so. */
enum h2_may {
	H2_IGNORE = 1,		/* no answer on the stream, nor a reset */
	H2_ANSWER = 2,		/* `status` or the one of H2_MALFORMED */
	H2_RESET = 4,		/* RST_STREAM with one of `codes` */
	H2_CUT = 8		/* GOAWAY with one of them, or just close */
};

/* A set of error codes. */
#define H2_CODE(name)	(1u << H2_##name)

/*
 * The common cases: a stream error may always be taken for a connection error
 * (5.4.1), the GOAWAY before the close is a SHOULD (5.4.1), and a malformed
 * request may be answered before it is reset (8.1.1).
 */
#define H2_FINE			.may = H2_IGNORE
#define H2_OK(code)		.may = H2_ANSWER, .status = (code)
#define H2_STREAM_ERROR(set)	.may = H2_RESET | H2_CUT, .codes = (set)
#define H2_CONNECTION_ERROR(set) \
				.may = H2_CUT, .codes = (set)
#define H2_MALFORMED		.may = H2_ANSWER | H2_RESET | \
				H2_CUT, .status = 400, \
				.codes = H2_CODE(PROTOCOL_ERROR)

struct h2case {
	const char	*section;	/* "6.9"; of RFC 7541 with "HPACK " */
	const char	*what;
	const char	*first;		/* sent before, its stream 1 answered */
	const char	*frames;	/* h2script.h; what a connection begins
					 * with only if `raw` */
	int		 raw;
	unsigned	 may;
	unsigned	 codes;
	int		 status, or_status;
	uint32_t	 stream;	/* the one that counts; 0: 1 */
	const char	*deviates;	/* NULL, or why it is not so */
};

/* A reeld that has the scripted source's /f/, for all tests of a suite. */
void h2case_start(void);
void h2case_stop(void);
int h2case_port(void);

/* Puts all rows to it.  Deviations are printed; one that is none any more fails
 * as well. */
void h2case_run(const struct h2case *, size_t n);
#define H2CASE_RUN(table) \
	h2case_run(table, sizeof(table) / sizeof(table[0]))

#endif /* TEST_H2CASE_H */
