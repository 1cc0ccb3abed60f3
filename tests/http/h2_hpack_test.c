/* SPDX-License-Identifier: ISC */
/* h2_hpack_test -- RFC 7541: field blocks, well and badly compressed */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../helper/h2case.h"

#define ASK(fields)	.frames = "HEADERS+ES+EH:1=" fields
#define WITH(fields)	ASK("get," fields)
#define TWO(one, other)	.frames = "HEADERS+ES+EH:1=get," one \
			" HEADERS+ES+EH:3=" other, .stream = 3
/* :method GET and :scheme http of the static table, and a path. */
#define BASE		"x8286,{:path=" H2SCRIPT_PATH "},"

#define BROKEN		H2_CONNECTION_ERROR(H2_CODE(COMPRESSION_ERROR))

static const struct h2case tables[] = {
	{ "HPACK 2.3.1", "fields of the static table",
	    WITH("x90,x93,xbd"), H2_OK(200) },
	{ "HPACK 2.3.1", "names of the static table",
	    ASK("x0203474554,x0604,a4,x0104,a4,x0411"
	    "2f662f66696c6d3f73697a653d31303030"), H2_OK(200) },
	{ "HPACK 2.3.2", "a field of the dynamic table",
	    TWO("[x-a=1]", "get,xbe"), H2_OK(200) },
	{ "HPACK 2.3.2", "a path of the dynamic table",
	    .frames = "HEADERS+ES+EH:1=x8286,{:authority=test},"
	    "[:path=" H2SCRIPT_PATH "] "
	    "HEADERS+ES+EH:3=x8286,{:authority=test},xbe", H2_OK(200),
	    .stream = 3 },
	{ "HPACK 2.3.2", "a name of the dynamic table",
	    TWO("[x-a=1]", "get,x7e01,a1,xbf,xbe"), H2_OK(200) },
	{ "HPACK 2.3.2", "the table is the connection's, not the stream's",
	    .first = "HEADERS+ES+EH:1=x8286,{:authority=test},"
	    "[:path=" H2SCRIPT_PATH "]",
	    .frames = "HEADERS+ES+EH:3=x8286,{:authority=test},xbe",
	    H2_OK(200), .stream = 3 },
	{ "HPACK 2.3.2", "what a malformed request adds is there",
	    .first = "HEADERS+ES+EH:1=[:path=" H2SCRIPT_PATH "]",
	    .frames = "HEADERS+ES+EH:3=x8286,{:authority=test},xbe",
	    H2_OK(200), .stream = 3 },
	{ "HPACK 2.3.2", "what trailers add is there",
	    .first = "HEADERS+EH:1=post HEADERS+ES+EH:1=[x-a=1]",
	    .frames = "HEADERS+ES+EH:3=get,xbe", H2_OK(200), .stream = 3 },
	{ "HPACK 2.3.3", "an index behind an empty table", WITH("xbe"),
	    BROKEN },
	{ "HPACK 2.3.3", "an index behind the last one",
	    TWO("[x-a=1]", "get,xbf"), BROKEN },
	{ "HPACK 2.3.3", "an index far behind it", WITH("xffffff7f"),
	    BROKEN },
	{ "HPACK 2.3.3", "the name of an index behind the last one",
	    WITH("x7e01,a1"), BROKEN },
	{ "HPACK 2.3.3", "the same, not to be added",
	    WITH("x0f2f01,a1"), BROKEN },
	{ "HPACK 2.3.3", "the same, never to be added",
	    WITH("x1f2f01,a1"), BROKEN },
	{ "HPACK 6.1", "index 0", WITH("x80"), BROKEN },
};

static const struct h2case sizes[] = {
	{ "HPACK 4.2", "the size as it was", ASK("x3fe11f,get"),
	    H2_OK(200) },
	{ "HPACK 4.2", "the size set to 0", ASK("x20,get"), H2_OK(200) },
	{ "HPACK 4.2", "the size set twice", ASK("x20,x3fe11f,get"),
	    H2_OK(200) },
	{ "HPACK 4.2", "the size set three times", ASK("x20,x21,x22,get"),
	    .may = H2_ANSWER | H2_CUT, .status = 200,
	    .codes = H2_CODE(COMPRESSION_ERROR) },
	{ "HPACK 4.2", "the size set behind a field", ASK("get,x20,{a=b}"),
	    BROKEN },
	{ "HPACK 4.2", "the size set at the end", ASK("get,x20"), BROKEN },
	{ "HPACK 4.2", "the size set in CONTINUATION, behind fields",
	    .frames = "HEADERS+ES:1=get CONTINUATION+EH:1=x20,{a=b}",
	    BROKEN },
	{ "HPACK 6.3", "a size above what SETTINGS allow",
	    ASK("x3fe21f,get"), BROKEN },
	{ "HPACK 6.3", "a size far above it", ASK("x3fffffff7f,get"),
	    BROKEN },
	{ "HPACK 4.3", "a table of size 0 is empty",
	    TWO("[x-a=1]", "x20,get,xbe"), BROKEN },
	{ "HPACK 4.3", "it stays so when it grows again",
	    TWO("[x-a=1]", "x20,x3fe11f,get,xbe"), BROKEN },
	{ "HPACK 4.3", "a smaller one keeps what fits",
	    TWO("[x-a=1],[x-b=2]", "x3f17,get,xbe"), H2_OK(200) },
	{ "HPACK 4.3", "... and nothing else",
	    TWO("[x-a=1],[x-b=2]", "x3f17,get,xbf"), BROKEN },
	{ "HPACK 4.4", "two large fields are in the table",
	    TWO("x4001,a1,x7fd10e,a2000,x4001,a1,x7fd10e,a2000",
	    "get,xbe,xbf"), H2_OK(200) },
	{ "HPACK 4.4", "the third puts the first out",
	    TWO("(x4001,a1,x7fd10e,a2000)*3", "get,xc0"), BROKEN },
	{ "HPACK 4.4", "one that is larger than the table empties it",
	    TWO("[x-a=1],x4001,a1,x7f811f,a4096", "get,xbe"), BROKEN },
};

static const struct h2case primitives[] = {
	{ "HPACK 5.1", "an integer in one octet behind its prefix",
	    WITH("x0001,a1,x7f00,a127"), H2_OK(200) },
	{ "HPACK 5.1", "the integer 1337", WITH("x0001,a1,x7fba09,a1337"),
	    H2_OK(200) },
	{ "HPACK 5.1", "an integer with more octets than it needs",
	    WITH("x0001,a1,x7f808000,a127"), H2_OK(200) },
	{ "HPACK 5.1", "an index with more octets than it can have",
	    WITH("xffffffffffffffffff01"), BROKEN },
	{ "HPACK 5.1", "a length with more octets than it can have",
	    WITH("x0001,a1,x7fffffffffffffffff01"), BROKEN },
	{ "HPACK 5.1", "an integer that the block's end cuts",
	    WITH("xff80"), BROKEN },
	{ "HPACK 5.2", "a name that the block's end cuts",
	    WITH("x0009,a8"), BROKEN },
	{ "HPACK 5.2", "a value that the block's end cuts",
	    WITH("x0001,a1,x09,a8"), BROKEN },
	{ "HPACK 5.2", "a value that is not there", WITH("x0001,a1"),
	    BROKEN },
	{ "HPACK 5.2", "a name that is not there", WITH("x00"), BROKEN },
	{ "HPACK 5.2", "a Huffman string", ASK(BASE "x418349509f"),
	    H2_OK(200) },
	{ "HPACK 5.2", "a Huffman string of no octets",
	    ASK(BASE "{:authority=test},x0001,a1,x80"), H2_OK(200) },
	{ "HPACK 5.2", "padding of eight bits and more",
	    ASK(BASE "x418449509fff"), BROKEN },
	{ "HPACK 5.2", "padding that is not of ones",
	    ASK(BASE "x4183495090"), BROKEN },
	{ "HPACK 5.2", "EOS in a string", ASK(BASE "x4184ffffffff"),
	    BROKEN },
	{ "HPACK 5.2", "EOS at the end of a string",
	    ASK(BASE "x4187495093ffffffff"), BROKEN },
};

static const struct h2case forms[] = {
	{ "HPACK 6.2.1", "a new name, to be added", WITH("x4001,a1,x01,a1"),
	    H2_OK(200) },
	{ "HPACK 6.2.2", "a new name, not to be added",
	    WITH("x0001,a1,x01,a1"), H2_OK(200) },
	{ "HPACK 6.2.3", "a new name, never to be added",
	    WITH("x1001,a1,x01,a1"), H2_OK(200) },
	{ "HPACK 6.2.1", "a known name, to be added", WITH("x7a01,a1"),
	    H2_OK(200) },
	{ "HPACK 6.2.2", "a known name, not to be added",
	    WITH("x0f2b01,a1"), H2_OK(200) },
	{ "HPACK 6.2.3", "a known name, never to be added",
	    WITH("x1f2b01,a1"), H2_OK(200) },
	{ "HPACK 6.2.2", "what is not added has no index",
	    TWO("x0001,a1,x01,a1", "get,xbe"), BROKEN },
	{ "HPACK 6.2.3", "what is never added has none",
	    TWO("x1001,a1,x01,a1", "get,xbe"), BROKEN },
	{ "HPACK 7.3", "one large field, named a hundred times",
	    WITH("x4001,a1,x7fd10e,a2000,(xbe)*99"),
	    .may = H2_ANSWER | H2_RESET | H2_CUT, .status = 431,
	    .codes = H2_CODE(ENHANCE_YOUR_CALM) | H2_CODE(PROTOCOL_ERROR) },
};

TestSuite(h2_hpack, .init = h2case_start,
    .fini = h2case_stop, .timeout = 60);

Test(h2_hpack, tables)
{
	H2CASE_RUN(tables);
}

Test(h2_hpack, sizes_of_the_dynamic_table)
{
	H2CASE_RUN(sizes);
}

Test(h2_hpack, integers_and_strings)
{
	H2CASE_RUN(primitives);
}

Test(h2_hpack, representations)
{
	H2CASE_RUN(forms);
}

/* RFC 7541, 5.1, with a prefix of `bits`. */
static uint32_t
integer(const uint8_t **p, unsigned bits)
{
	uint32_t most = (1u << bits) - 1, n = *(*p)++ & most;
	unsigned shift = 0;

	if (n < most)
		return n;
	do {
		n += (uint32_t)(**p & 127) << shift;
		shift += 7;
	} while (*(*p)++ & 128);
	return n;
}

static void
skip_string(const uint8_t **p)
{
	uint32_t len = integer(p, 7);

	*p += len;
}

/* The highest index that an answer's block uses. */
static uint32_t
highest_index(const struct h2frame *f)
{
	const uint8_t *p = f->payload, *end = p + f->len;
	uint32_t index, highest = 0;

	while (p < end) {
		index = 0;
		if (*p & 0x80)
			index = integer(&p, 7);
		else if ((*p & 0xe0) == 0x20)
			integer(&p, 5);
		else {
			if ((index = integer(&p, *p & 0x40 ? 6 : 4)) == 0)
				skip_string(&p);
			skip_string(&p);
		}
		if (index > highest)
			highest = index;
	}
	cr_assert_eq(p, end, "a block that breaks off");
	return highest;
}

/* Two answers of the same fields, when the client has said how large the table
 * for them may be. */
static uint32_t
index_of_answers(const char *settings)
{
	struct h2wire *w = h2wire_open(h2case_port());
	uint8_t bytes[64];
	struct h2frame f;
	uint32_t stream, highest = 0, index;

	cr_assert_not_null(w);
	memset(bytes, 0, sizeof(bytes));
	cr_assert_eq(h2wire_send(w, bytes, h2script_put(bytes, settings)), 0);
	for (stream = 1; stream <= 3; stream += 2) {
		cr_assert_eq(h2wire_get(w, stream, H2SCRIPT_PATH, NULL), 0);
		cr_assert_eq(h2wire_await(w, H2_HEADERS, stream, &f, 2000),
		    1);
		cr_expect_eq(h2wire_status(&f), 200);
		index = highest_index(&f);
		highest = index > highest ? index : highest;
	}
	h2wire_close(&w, 0);
	return highest;
}

/* RFC 7541, 4.2: no more than SETTINGS_HEADER_TABLE_SIZE.  Such clients see an
 * index that they do not have, and begin a new connection. */
Test(h2_hpack, the_table_for_answers)
{
	cr_expect_geq(index_of_answers("SETTINGS:0"), 62, "it is not used");
	cr_expect_geq(index_of_answers("SETTINGS:0=s1.0"), 62,
	    "HPACK 4.2, HEADER_TABLE_SIZE of 0: no deviation any more");
	printf("known deviation: HPACK 4.2, HEADER_TABLE_SIZE below 4096; "
	    "libh2o uses a table of 4096 bytes all the same\n");
}
