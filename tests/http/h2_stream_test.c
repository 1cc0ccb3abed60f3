/* SPDX-License-Identifier: ISC */
/* h2_stream_test -- RFC 9113, 5: states, numbers and errors of streams */
#include "config.h"

#include <criterion/criterion.h>

#include "../helper/h2case.h"

#define GET	"HEADERS+ES+EH:1=get "
#define POST	"HEADERS+EH:1=post "
#define FIELDS	"{:scheme=http},{:authority=test},"
/* An answer that stands still for want of window: its stream is half-closed
 * (remote), and the connection's window is large enough for others. */
#define LONG	"WINDOW_UPDATE:0=n1000000 HEADERS+ES+EH:1={:method=GET}," \
		FIELDS "{:path=/f/long?size=1000000} "
/* A request that is malformed (8.3.1), but not ended: its stream is reset. */
#define RESET	"HEADERS+EH:1={:method=POST},{:scheme=http} "

#define PROTOCOL	H2_CODE(PROTOCOL_ERROR)
#define STREAM_CLOSED	H2_CODE(STREAM_CLOSED)

static const struct h2case idle[] = {
	{ "5.1", "DATA on an idle stream", .frames = "DATA:1=z8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.1", "RST_STREAM on an idle stream", .frames = "RST_STREAM:1=n8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.1", "WINDOW_UPDATE on an idle stream",
	    .frames = "WINDOW_UPDATE:1=n8", H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.1", "CONTINUATION on an idle stream",
	    .frames = "CONTINUATION+EH:1=get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.1", "DATA on an idle stream beyond the last",
	    .frames = GET "DATA:3=z8", H2_CONNECTION_ERROR(PROTOCOL),
	    .stream = 3 },
	{ "5.1", "DATA on an idle stream that has a priority",
	    .frames = "PRIORITY:1=n0,x10 DATA:1=z8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.1", "WINDOW_UPDATE on an idle stream that has a priority",
	    .frames = "PRIORITY:1=n0,x10 WINDOW_UPDATE:1=n8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.1", "DATA on an idle stream of the server",
	    .frames = GET "DATA:2=z8", H2_CONNECTION_ERROR(PROTOCOL),
	    .stream = 2 },
	{ "5.1", "DATA on a server's stream that the client has passed",
	    .first = GET, .frames = "HEADERS+ES+EH:5=get DATA:4=z8",
	    H2_CONNECTION_ERROR(PROTOCOL), .stream = 4 },
	{ "5.1", "RST_STREAM on an idle stream of the server",
	    .frames = GET "RST_STREAM:2=n8", H2_CONNECTION_ERROR(PROTOCOL),
	    .stream = 2 },
	{ "5.1", "WINDOW_UPDATE on an idle stream of the server",
	    .frames = GET "WINDOW_UPDATE:2=n8",
	    H2_CONNECTION_ERROR(PROTOCOL), .stream = 2 },
};

static const struct h2case half_closed[] = {
	{ "5.1", "DATA on a half-closed stream", .frames = LONG "DATA:1=z8",
	    .may = H2_RESET | H2_CUT, .codes = STREAM_CLOSED },
	{ "5.1", "empty DATA on a half-closed stream",
	    .frames = LONG "DATA+ES:1", .may = H2_RESET | H2_CUT,
	    .codes = STREAM_CLOSED },
	{ "5.1", "HEADERS on a half-closed stream",
	    .frames = LONG "HEADERS+ES+EH:1=get", .may = H2_RESET | H2_CUT,
	    .codes = STREAM_CLOSED | PROTOCOL },
	{ "5.1", "CONTINUATION on a half-closed stream",
	    .frames = LONG "CONTINUATION+EH:1={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL | STREAM_CLOSED) },
	{ "5.1", "WINDOW_UPDATE, PRIORITY and RST_STREAM on it",
	    .frames = LONG "WINDOW_UPDATE:1=n8 PRIORITY:1=n0,x10 "
	    "RST_STREAM:1=n8", H2_FINE, .stream = 3 },
	{ "5.1", "DATA behind the END_STREAM of DATA",
	    .frames = POST "DATA+ES:1=z8 DATA:1=z8", .may = H2_RESET |
	    H2_CUT, .codes = STREAM_CLOSED },
	{ "5.1", "DATA behind trailers",
	    .frames = POST "HEADERS+ES+EH:1={a=b} DATA:1=z8",
	    .may = H2_RESET | H2_CUT, .codes = STREAM_CLOSED },
	{ "8.1", "HEADERS behind trailers",
	    .frames = POST "HEADERS+ES+EH:1={a=b} HEADERS+ES+EH:1={a=b}",
	    .may = H2_RESET | H2_CUT, .codes = STREAM_CLOSED | PROTOCOL },
};

static const struct h2case closed[] = {
	{ "5.1", "DATA on a closed stream", .first = GET,
	    .frames = "DATA:1=z8", H2_STREAM_ERROR(STREAM_CLOSED) },
	{ "5.1", "HEADERS on a closed stream", .first = GET,
	    .frames = GET, H2_STREAM_ERROR(STREAM_CLOSED | PROTOCOL) },
	{ "5.1", "CONTINUATION on a closed stream", .first = GET,
	    .frames = "CONTINUATION+EH:1={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL | STREAM_CLOSED) },
	{ "5.1", "WINDOW_UPDATE, PRIORITY and RST_STREAM on it",
	    .first = GET, .frames = "WINDOW_UPDATE:1=n8 PRIORITY:1=n0,x10 "
	    "RST_STREAM:1=n8", H2_FINE },
	{ "5.1", "DATA behind RST_STREAM",
	    .frames = POST "RST_STREAM:1=n8 DATA:1=z8",
	    H2_STREAM_ERROR(STREAM_CLOSED) },
	{ "5.1", "HEADERS behind RST_STREAM",
	    .frames = POST "RST_STREAM:1=n8 HEADERS+ES+EH:1={a=b}",
	    H2_STREAM_ERROR(STREAM_CLOSED | PROTOCOL) },
	{ "5.1", "HEADERS behind RST_STREAM, half-closed before",
	    .frames = LONG "RST_STREAM:1=n8 HEADERS+ES+EH:1=get",
	    H2_STREAM_ERROR(STREAM_CLOSED | PROTOCOL) },
	{ "5.1", "CONTINUATION behind RST_STREAM",
	    .frames = LONG "RST_STREAM:1=n8 CONTINUATION+EH:1={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL | STREAM_CLOSED) },
	{ "5.1", "DATA under way when the server resets",
	    .first = RESET, .frames = "DATA:1=z8 DATA+ES:1=z8",
	    .may = H2_IGNORE | H2_RESET, .codes = STREAM_CLOSED },
	{ "5.1", "trailers under way when the server resets",
	    .first = RESET, .frames = "HEADERS+ES+EH:1={a=b}", H2_FINE,
	    .deviates = "libh2o has forgotten that stream and takes it for "
	    "one that the client has ended" },
	{ "5.1", "WINDOW_UPDATE and RST_STREAM when the server resets",
	    .first = RESET, .frames = "WINDOW_UPDATE:1=n8 RST_STREAM:1=n8",
	    H2_FINE },
};

static const struct h2case numbers[] = {
	{ "5.1.1", "an even number", .frames = "HEADERS+ES+EH:2=get",
	    H2_CONNECTION_ERROR(PROTOCOL), .stream = 2 },
	{ "5.1.1", "a lower number",
	    .frames = "HEADERS+ES+EH:5=get HEADERS+ES+EH:3=get",
	    H2_CONNECTION_ERROR(PROTOCOL | STREAM_CLOSED), .stream = 3 },
	{ "5.1.1", "a lower number that has a priority",
	    .frames = "PRIORITY:3=n0,x10 HEADERS+ES+EH:5=get "
	    "HEADERS+ES+EH:3=get",
	    H2_CONNECTION_ERROR(PROTOCOL | STREAM_CLOSED), .stream = 3 },
	{ "5.1.1", "the same number again",
	    .frames = LONG "HEADERS+ES+EH:1=get", .may = H2_RESET | H2_CUT,
	    .codes = PROTOCOL | STREAM_CLOSED },
	{ "5.1.1", "numbers may be left out",
	    .frames = "HEADERS+ES+EH:1001=get", H2_OK(200), .stream = 1001 },
	{ "5.1.1", "the highest number",
	    .frames = "HEADERS+ES+EH:2147483647=get", H2_OK(200),
	    .stream = 2147483647 },
	{ "5.1.1", "a number that was left out is closed",
	    .frames = "HEADERS+ES+EH:5=get RST_STREAM:3=n8 "
	    "WINDOW_UPDATE:3=n8", H2_OK(200), .stream = 5 },
	{ "5.1.1", "DATA on a number that was left out",
	    .frames = "HEADERS+ES+EH:5=get DATA:3=z8",
	    H2_STREAM_ERROR(STREAM_CLOSED), .stream = 3 },
	{ "5.1.2", "as many streams as SETTINGS let be",
	    .frames = "WINDOW_UPDATE:0=n1000000 HEADERS+EH:1=post "
	    "HEADERS+EH:3=post HEADERS+EH:5=post HEADERS+EH:7=post "
	    "HEADERS+EH:9=post HEADERS+EH:11=post HEADERS+ES+EH:13=get",
	    H2_OK(200), .stream = 13 },
};

static const struct h2case errors[] = {
	{ "5.4.1", "a stream beside one that was malformed",
	    .frames = RESET "HEADERS+ES+EH:3=get", H2_OK(200),
	    .stream = 3 },
	{ "5.4.2", "a stream error is for that stream alone",
	    .frames = RESET, .may = H2_RESET | H2_ANSWER, .status = 400,
	    .codes = PROTOCOL },
	{ "5.4.2", "one RST_STREAM is enough", .first = RESET,
	    .frames = "RST_STREAM:1=n8", H2_FINE },
};

TestSuite(h2_stream, .init = h2case_start,
    .fini = h2case_stop, .timeout = 60);

Test(h2_stream, idle)
{
	H2CASE_RUN(idle);
}

Test(h2_stream, half_closed)
{
	H2CASE_RUN(half_closed);
}

Test(h2_stream, closed)
{
	H2CASE_RUN(closed);
}

Test(h2_stream, numbers)
{
	H2CASE_RUN(numbers);
}

Test(h2_stream, errors)
{
	H2CASE_RUN(errors);
}
