/* SPDX-License-Identifier: ISC */
/* h2_message_test -- RFC 9113, 8: requests in HTTP/2, well and malformed */
#include "config.h"

#include <criterion/criterion.h>

#include "../helper/h2case.h"

#define PATH		"{:path=" H2SCRIPT_PATH "}"
#define ASK(fields)	.frames = "HEADERS+ES+EH:1=" fields
#define WITH(fields)	ASK("get," fields)
#define POST		"HEADERS+EH:1=post"

#define PROTOCOL	H2_CODE(PROTOCOL_ERROR)

/* What libh2o reads without handing it on, so that nobody else can judge. */
#define UNSEEN	"libh2o does not hand it on, and reeld looks at no body"

static const struct h2case framing[] = {
	{ "8.1", "a request without a body", ASK("get"), H2_OK(200) },
	{ "8.1", "a GET with a body",
	    .frames = "HEADERS+EH:1=get DATA:1=a8 DATA+ES:1=a8",
	    H2_OK(200) },
	{ "8.1", "a POST with a body", .frames = POST " DATA+ES:1=a8",
	    H2_OK(405) },
	{ "8.1", "trailers",
	    .frames = POST " DATA:1=a8 HEADERS+ES+EH:1={x-sum=9}",
	    H2_OK(405) },
	{ "8.1", "trailers in two frames",
	    .frames = POST " DATA:1=a8 HEADERS+ES:1={x-sum=9} "
	    "CONTINUATION+EH:1={x-more=1}", H2_OK(405) },
	{ "8.1", "trailers without DATA",
	    .frames = POST " HEADERS+ES+EH:1={x-sum=9}", H2_OK(405) },
	{ "8.1", "trailers that do not end the stream",
	    .frames = POST " DATA:1=a8 HEADERS+EH:1={x-sum=9}",
	    H2_MALFORMED },
	{ "8.1", "trailers with a pseudo-field",
	    .frames = POST " DATA:1=a8 HEADERS+ES+EH:1={:path=/}",
	    H2_MALFORMED },
	{ "8.1", "no field at all", .frames = "HEADERS+ES+EH:1",
	    H2_MALFORMED },
	{ "8.8", "HEAD has no content", ASK("{:method=HEAD},"
	    "{:scheme=http},{:authority=test}," PATH), H2_OK(200) },
	{ "8.8", "a part", WITH("{range=bytes=0-99}"), H2_OK(206) },
	{ "8.8", "a part that is not there",
	    WITH("{range=bytes=5000-}"), H2_OK(416) },
	{ "8.8.5", "Expect: 100-continue",
	    .frames = POST ",{expect=100-continue} DATA+ES:1=a8",
	    H2_OK(405) },
};

static const struct h2case lengths[] = {
	{ "8.1.1", "content-length as long as DATA",
	    .frames = POST ",{content-length=8} DATA:1=a4 DATA+ES:1=a4",
	    H2_OK(405) },
	{ "8.1.1", "content-length without the padding",
	    .frames = POST ",{content-length=8} DATA+ES+PAD:1=x04,a8,z4",
	    H2_OK(405) },
	{ "8.1.1", "content-length longer than DATA",
	    .frames = POST ",{content-length=9} DATA+ES:1=a8",
	    H2_MALFORMED },
	{ "8.1.1", "content-length longer than all DATA",
	    .frames = POST ",{content-length=9} DATA:1=a4 DATA+ES:1=a4",
	    H2_MALFORMED },
	{ "8.1.1", "content-length shorter than DATA",
	    .frames = POST ",{content-length=1} DATA+ES:1=a8",
	    H2_MALFORMED },
	{ "8.1.1", "content-length shorter than all DATA",
	    .frames = POST ",{content-length=5} DATA:1=a4 DATA+ES:1=a4",
	    H2_MALFORMED },
	{ "8.1.1", "content-length shorter than what comes before trailers",
	    .frames = POST ",{content-length=5} DATA:1=a8 "
	    "HEADERS+ES+EH:1={a=b}", H2_MALFORMED },
	{ "8.1.1", "content-length, but the request has no body",
	    WITH("{content-length=8}"), H2_MALFORMED, .deviates = UNSEEN },
	{ "8.1.1", "content-length of 0 and no body",
	    WITH("{content-length=0}"), H2_OK(200) },
	{ "8.1.1", "content-length that is no number",
	    WITH("{content-length=abc}"), H2_MALFORMED },
	{ "8.1.1", "content-length with a sign",
	    .frames = POST ",{content-length=+8} DATA+ES:1=a8",
	    H2_MALFORMED },
	{ "8.1.1", "content-length that is too large for a number",
	    .frames = POST ",{content-length=99999999999999999999999} "
	    "DATA+ES:1=a8", H2_MALFORMED },
	{ "8.1.1", "two content-lengths that differ",
	    .frames = POST ",{content-length=9},{content-length=8} "
	    "DATA+ES:1=a8", H2_MALFORMED, .deviates = UNSEEN },
};

static const struct h2case fields[] = {
	{ "8.2", "a name in upper case", WITH("{X-Film=1}"), H2_MALFORMED },
	{ "8.2", "a name with one letter in upper case",
	    WITH("{x-fiLm=1}"), H2_MALFORMED },
	{ "8.2.1", "a name with a blank", WITH("{x film=1}"),
	    H2_MALFORMED },
	{ "8.2.1", "a name with a colon", WITH("{x:film=1}"),
	    H2_MALFORMED },
	{ "8.2.1", "a name with NUL", WITH("x00,x03,x780078,x01,a1"),
	    H2_MALFORMED },
	{ "8.2.1", "a name with DEL", WITH("x00,x03,x787f78,x01,a1"),
	    H2_MALFORMED },
	{ "8.2.1", "a name with a byte above 127",
	    WITH("x00,x03,x78c378,x01,a1"), H2_MALFORMED },
	{ "8.2.1", "a name of no bytes", WITH("{=1}"), H2_MALFORMED },
	{ "8.2.1", "a value with NUL", WITH("x00,x01,a1,x03,x610061"),
	    H2_MALFORMED },
	{ "8.2.1", "a value with CR", WITH("x00,x01,a1,x03,x610d61"),
	    H2_MALFORMED },
	{ "8.2.1", "a value with LF", WITH("x00,x01,a1,x03,x610a61"),
	    H2_MALFORMED },
	{ "8.2.1", "a value that begins with a blank", WITH("{a= b}"),
	    H2_MALFORMED },
	{ "8.2.1", "a value that ends with a blank", WITH("{a=b }"),
	    H2_MALFORMED },
	{ "8.2.1", "a value that ends with a tab",
	    WITH("x00,x01,a1,x02,x6109"), H2_MALFORMED },
	{ "8.2.1", "a value of no bytes", WITH("{a=}"), H2_OK(200) },
	{ "8.2.1", "a value with a byte above 127",
	    WITH("x00,x01,a1,x03,x61c361"), H2_OK(200) },
	{ "8.2.2", "connection", WITH("{connection=keep-alive}"),
	    H2_MALFORMED },
	{ "8.2.2", "connection that names a field",
	    WITH("{connection=x-film},{x-film=1}"), H2_MALFORMED },
	{ "8.2.2", "keep-alive", WITH("{keep-alive=timeout=5}"),
	    H2_MALFORMED },
	{ "8.2.2", "proxy-connection",
	    WITH("{proxy-connection=keep-alive}"), H2_MALFORMED },
	{ "8.2.2", "transfer-encoding",
	    .frames = POST ",{transfer-encoding=chunked} DATA+ES:1=a8",
	    H2_MALFORMED },
	{ "8.6", "upgrade", WITH("{upgrade=websocket}"), H2_MALFORMED },
	{ "8.2.2", "te: trailers", WITH("{te=trailers}"), H2_OK(200) },
	{ "8.2.2", "te: gzip", WITH("{te=gzip}"), H2_MALFORMED },
	{ "8.2.2", "te: trailers and deflate",
	    WITH("{te=trailers, deflate;q=0.5}"), H2_MALFORMED },
	{ "8.2.2", "connection in trailers",
	    .frames = POST " DATA:1=a8 HEADERS+ES+EH:1={connection=close}",
	    H2_MALFORMED },
	{ "8.2.3", "cookie in several fields",
	    WITH("{cookie=a=1},{cookie=b=2},{cookie=c=3}"), H2_OK(200) },
};

static const struct h2case pseudo[] = {
	{ "8.3", "an unknown one", WITH("{:film=1}"), H2_MALFORMED },
	{ "8.3", ":status in a request", WITH("{:status=200}"),
	    H2_MALFORMED },
	{ "8.3", "one behind a field",
	    ASK("{:method=GET},{:scheme=http},{:authority=test},{a=b},"
	    PATH), H2_MALFORMED },
	{ "8.3", "all behind a field", ASK("{a=b},get"), H2_MALFORMED },
	{ "8.3", "one in upper case",
	    ASK("{:Method=GET},{:scheme=http},{:authority=test}," PATH),
	    H2_MALFORMED },
	{ "8.3", "one in the wrong order is not wrong",
	    ASK(PATH ",{:authority=test},{:scheme=http},{:method=GET}"),
	    H2_OK(200) },
	{ "8.3.1", ":method twice", WITH("{:method=GET}"), H2_MALFORMED },
	{ "8.3.1", ":scheme twice", WITH("{:scheme=http}"), H2_MALFORMED },
	{ "8.3.1", ":path twice", WITH(PATH), H2_MALFORMED },
	{ "8.3.1", ":authority twice", WITH("{:authority=test}"),
	    H2_MALFORMED },
	{ "8.3.1", "no :method",
	    ASK("{:scheme=http},{:authority=test}," PATH), H2_MALFORMED },
	{ "8.3.1", "no :scheme",
	    ASK("{:method=GET},{:authority=test}," PATH), H2_MALFORMED },
	{ "8.3.1", "no :path",
	    ASK("{:method=GET},{:scheme=http},{:authority=test}"),
	    H2_MALFORMED },
	{ "8.3.1", "an empty :path",
	    ASK("{:method=GET},{:scheme=http},{:authority=test},{:path=}"),
	    H2_MALFORMED },
	{ "8.3.1", "a :path that does not begin with /",
	    ASK("{:method=GET},{:scheme=http},{:authority=test},"
	    "{:path=f/film}"), H2_MALFORMED },
	{ "8.3.1", "a :path that is an address",
	    ASK("{:method=GET},{:scheme=http},{:authority=test},"
	    "{:path=http://test" H2SCRIPT_PATH "}"), H2_MALFORMED },
	{ "8.3.1", "a :path with a blank",
	    ASK("{:method=GET},{:scheme=http},{:authority=test},"
	    "{:path=/f/fi lm}"), H2_MALFORMED },
	{ "8.3.1", "a :path with NUL",
	    ASK("{:method=GET},{:scheme=http},{:authority=test},"
	    "x0405,x2f660061,x62"), H2_MALFORMED },
	{ "8.3.1", ":path * for another method than OPTIONS",
	    ASK("{:method=GET},{:scheme=http},{:authority=test},"
	    "{:path=*}"), H2_MALFORMED },
	{ "8.3.1", "OPTIONS *",
	    ASK("{:method=OPTIONS},{:scheme=http},{:authority=test},"
	    "{:path=*}"), .may = H2_ANSWER, .status = 405,
	    .or_status = 200 },
	{ "8.3.1", "an empty :method",
	    ASK("{:method=},{:scheme=http},{:authority=test}," PATH),
	    .may = H2_ANSWER | H2_RESET | H2_CUT, .status = 400,
	    .or_status = 405, .codes = PROTOCOL },
	{ "8.3.1", "a :method that is no token",
	    ASK("{:method=G T},{:scheme=http},{:authority=test}," PATH),
	    .may = H2_ANSWER | H2_RESET | H2_CUT, .status = 400,
	    .or_status = 405, .codes = PROTOCOL },
	{ "8.3.1", "a :method in lower case is another",
	    ASK("{:method=get},{:scheme=http},{:authority=test}," PATH),
	    .may = H2_ANSWER, .status = 405, .or_status = 501 },
	{ "8.3.1", "a :scheme that is not the connection's",
	    ASK("{:method=GET},{:scheme=https},{:authority=test}," PATH),
	    .may = H2_ANSWER, .status = 200, .or_status = 421 },
	{ "8.3.1", "host instead of :authority",
	    ASK("{:method=GET},{:scheme=http}," PATH ",{host=test}"),
	    H2_OK(200) },
	{ "8.3.1", "host beside :authority", WITH("{host=test}"),
	    H2_OK(200) },
	{ "8.3.1", "host other than :authority", WITH("{host=other}"),
	    H2_MALFORMED, .deviates = "a SHOULD; libh2o drops host, and "
	    "nothing in reeld depends on either" },
	{ "8.3.1", "neither :authority nor host",
	    ASK("{:method=GET},{:scheme=http}," PATH), H2_MALFORMED,
	    .deviates = "libh2o drops host, so this looks like a request "
	    "that has it, and nothing in reeld depends on either" },
	{ "8.3.1", ":authority with user information",
	    ASK("{:method=GET},{:scheme=http},{:authority=me@test}," PATH),
	    H2_MALFORMED },
	{ "8.5", "CONNECT",
	    ASK("{:method=CONNECT},{:authority=test:80}"),
	    .may = H2_ANSWER | H2_RESET | H2_CUT, .status = 405,
	    .or_status = 501, .codes = PROTOCOL | H2_CODE(CONNECT_ERROR) |
	    H2_CODE(REFUSED_STREAM) },
	{ "8.5", "CONNECT with :scheme and :path",
	    ASK("{:method=CONNECT},{:scheme=http},{:authority=test:80},"
	    "{:path=/}"), .may = H2_ANSWER | H2_RESET | H2_CUT,
	    .status = 400, .or_status = 405, .codes = PROTOCOL },
	{ "8.5", "CONNECT without :authority", ASK("{:method=CONNECT}"),
	    H2_MALFORMED },
	{ "8.5", "extended CONNECT (RFC 8441), which was not offered",
	    ASK("{:method=CONNECT},{:protocol=websocket},{:scheme=http},"
	    "{:authority=test}," PATH), H2_MALFORMED },
};

TestSuite(h2_message, .init = h2case_start,
    .fini = h2case_stop, .timeout = 60);

Test(h2_message, framing)
{
	H2CASE_RUN(framing);
}

Test(h2_message, lengths)
{
	H2CASE_RUN(lengths);
}

Test(h2_message, fields)
{
	H2CASE_RUN(fields);
}

Test(h2_message, pseudo_fields)
{
	H2CASE_RUN(pseudo);
}
