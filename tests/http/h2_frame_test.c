/* SPDX-License-Identifier: ISC */
/* h2_frame_test -- RFC 9113, 3.4, 4, 6 and 7: the frames that clients send */
#include "config.h"

#include <criterion/criterion.h>

#include "../helper/h2case.h"

#define GET	"HEADERS+ES+EH:1=get "
#define POST	"HEADERS+EH:1=post "
#define FIELDS	"{:scheme=http},{:authority=test},"
/* An answer that stands still for want of window, on a connection that has
 * enough. */
#define LONG	"WINDOW_UPDATE:0=n1000000 HEADERS+ES+EH:1={:method=GET}," \
		FIELDS "{:path=/f/long?size=1000000} "

#define PROTOCOL	H2_CODE(PROTOCOL_ERROR)
#define FRAME_SIZE	H2_CODE(FRAME_SIZE_ERROR)
#define FLOW_CONTROL	H2_CODE(FLOW_CONTROL_ERROR)
#define COMPRESSION	H2_CODE(COMPRESSION_ERROR)
#define STREAM_CLOSED	H2_CODE(STREAM_CLOSED)

static const struct h2case preface[] = {
	{ "3.4", "preface and SETTINGS", .raw = 1,
	    .frames = "preface SETTINGS:0", H2_FINE },
	{ "3.4", "requests need not wait for the server's SETTINGS",
	    .raw = 1, .frames = "preface SETTINGS:0 " GET, H2_OK(200) },
	{ "3.4", "SETTINGS with values begin it as well", .raw = 1,
	    .frames = "preface SETTINGS:0=s3.100,s4.1048576 " GET,
	    H2_OK(200) },
	{ "3.4", "another preface", .raw = 1,
	    .frames = "raw=x505249202a20485454502f322e300d0a0d0a"
	    "58580d0a0d0a", H2_CONNECTION_ERROR(PROTOCOL) },
	{ "3.4", "a preface that breaks off, and SETTINGS", .raw = 1,
	    .frames = "raw=x505249202a20485454502f322e300d0a0d0a534d "
	    "SETTINGS:0 SETTINGS:0", H2_CONNECTION_ERROR(PROTOCOL) },
	{ "3.4", "PING comes first", .raw = 1,
	    .frames = "preface PING:0=z8", H2_CONNECTION_ERROR(PROTOCOL) },
	{ "3.4", "a request comes first", .raw = 1,
	    .frames = "preface " GET, H2_CONNECTION_ERROR(PROTOCOL) },
	{ "3.4", "SETTINGS ACK comes first", .raw = 1,
	    .frames = "preface SETTINGS+ACK:0",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "3.4", "WINDOW_UPDATE comes first", .raw = 1,
	    .frames = "preface WINDOW_UPDATE:0=n9",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "3.4", "an unknown frame comes first", .raw = 1,
	    .frames = "preface T99:0=z8", H2_CONNECTION_ERROR(PROTOCOL) },
	{ "3.4", "the preface a second time",
	    .frames = "preface", H2_CONNECTION_ERROR(PROTOCOL | FRAME_SIZE) },
};

static const struct h2case format[] = {
	{ "4.1", "unknown type", .frames = "T22:0=a8", H2_FINE },
	{ "4.1", "unknown type without a payload", .frames = "T255:0",
	    H2_FINE },
	{ "4.1", "undefined flags of PING", .frames = "PING+F254:0=a8",
	    H2_FINE },
	{ "4.1", "undefined flags of SETTINGS", .frames = "SETTINGS+F254:0",
	    H2_FINE },
	{ "4.1", "undefined flags of HEADERS",
	    .frames = "HEADERS+ES+EH+F82:1=get", H2_OK(200) },
	{ "4.1", "undefined flags of WINDOW_UPDATE",
	    .frames = "WINDOW_UPDATE+F255:0=n9", H2_FINE },
	{ "4.1", "the reserved bit on stream 1",
	    .frames = "HEADERS+ES+EH:2147483649=get", H2_OK(200) },
	{ "4.1", "the reserved bit on stream 0",
	    .frames = "PING:2147483648=a8", H2_FINE },
	{ "4.2", "DATA of 16384 bytes",
	    .frames = POST "DATA+ES:1=z16384", H2_OK(405) },
	{ "4.2", "DATA of 16385 bytes",
	    .frames = POST "DATA+ES:1=z16385", H2_STREAM_ERROR(FRAME_SIZE) },
	{ "4.2", "HEADERS of 16385 bytes",
	    .frames = "HEADERS+ES+EH:1=get,z16316",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "4.2", "CONTINUATION of 16385 bytes",
	    .frames = "HEADERS+ES:1=get CONTINUATION+EH:1=z16385",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "4.2", "SETTINGS of 16386 bytes",
	    .frames = "SETTINGS:0=(s9.0)*2731",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "4.2", "PING of 16385 bytes", .frames = "PING:0=z16385",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "4.2", "an unknown frame of 16385 bytes", .frames = "T22:0=z16385",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "4.2", "the head alone of a frame of 16 MiB",
	    .frames = "raw=xffffff000000000001",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "4.3", "a block that cannot be decoded",
	    .frames = "HEADERS+ES+EH:1=x00,x85,xf2b24a84ff",
	    H2_CONNECTION_ERROR(COMPRESSION) },
	{ "4.3", "a block that breaks off", .frames = "HEADERS+ES+EH:1=x4001",
	    H2_CONNECTION_ERROR(COMPRESSION) },
	{ "4.3", "DATA within a block",
	    .frames = "HEADERS:1=post DATA:1=z1",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "4.3", "PRIORITY within a block",
	    .frames = "HEADERS+ES:1=get PRIORITY:1=n0,x10",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "4.3", "PING within a block",
	    .frames = "HEADERS+ES:1=get PING:0=z8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "4.3", "WINDOW_UPDATE within a block",
	    .frames = "HEADERS+ES:1=get WINDOW_UPDATE:1=n9",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "4.3", "RST_STREAM within a block",
	    .frames = "HEADERS+ES:1=get RST_STREAM:1=n8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "4.3", "HEADERS of another stream within a block",
	    .frames = "HEADERS+ES:1=get HEADERS+ES+EH:3=get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "4.3", "HEADERS of the same stream within a block",
	    .frames = "HEADERS+ES:1=get HEADERS+ES+EH:1={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.5", "an unknown frame within a block",
	    .frames = "HEADERS+ES:1=get T22:1 CONTINUATION+EH:1",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "5.5", "an unknown frame before a request",
	    .frames = "T22:1=a8 " GET, H2_OK(200) },
	{ "5.5", "an unknown frame on a stream that is open",
	    .frames = POST "T22:1=a8 DATA+ES:1=z8", H2_OK(405) },
	{ "5.5", "PRIORITY_UPDATE of RFC 9218",
	    .frames = "T16:0=n1,a3 " GET, H2_OK(200) },
};

static const struct h2case data[] = {
	{ "6.1", "on stream 0", .frames = "DATA:0=z8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.1", "with padding",
	    .frames = POST "DATA+ES+PAD:1=x04,a8,z4", H2_OK(405) },
	{ "6.1", "all padding",
	    .frames = POST "DATA+ES+PAD:1=xff,z255", H2_OK(405) },
	{ "6.1", "padding of length 0",
	    .frames = POST "DATA+ES+PAD:1=x00,a8", H2_OK(405) },
	{ "6.1", "padding that is not zero",
	    .frames = POST "DATA+ES+PAD:1=x04,a8,a4", .may = H2_ANSWER |
	    H2_CUT, .status = 405, .codes = PROTOCOL },
	{ "6.1", "padding as long as the payload",
	    .frames = POST "DATA+ES+PAD:1=x05,z5 DATA+ES+PAD:1=x06,z5",
	    .may = H2_ANSWER | H2_CUT, .status = 405, .codes = PROTOCOL |
	    STREAM_CLOSED },
	{ "6.1", "padding longer than the payload",
	    .frames = POST "DATA+ES+PAD:1=x06,z5",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.1", "padded, but empty", .frames = POST "DATA+ES+PAD:1",
	    H2_CONNECTION_ERROR(PROTOCOL | FRAME_SIZE) },
	{ "6.1", "an empty one ends the stream",
	    .frames = POST "DATA:1=z8 DATA+ES:1", H2_OK(405) },
};

static const struct h2case headers[] = {
	{ "6.2", "a request", .frames = GET, H2_OK(200) },
	{ "6.2", "on stream 0", .frames = "HEADERS+ES+EH:0=get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.2", "with padding",
	    .frames = "HEADERS+ES+EH+PAD:1=x04,get,z4", H2_OK(200) },
	{ "6.2", "with priority",
	    .frames = "HEADERS+ES+EH+PRIO:1=n0,xff,get", H2_OK(200) },
	{ "6.2", "with padding and priority",
	    .frames = "HEADERS+ES+EH+PAD+PRIO:1=x04,n0,xff,get,z4",
	    H2_OK(200) },
	{ "6.2", "padding longer than the payload",
	    .frames = "HEADERS+ES+EH+PAD:1=xff,get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.2", "padding longer than what priority leaves",
	    .frames = "HEADERS+ES+EH+PAD+PRIO:1=x03,n0,x10,z2",
	    H2_CONNECTION_ERROR(PROTOCOL | FRAME_SIZE) },
	{ "6.2", "padded, but empty", .frames = "HEADERS+ES+EH+PAD:1",
	    H2_CONNECTION_ERROR(PROTOCOL | FRAME_SIZE) },
	{ "6.2", "priority in four bytes",
	    .frames = "HEADERS+ES+EH+PRIO:1=n0",
	    H2_CONNECTION_ERROR(PROTOCOL | FRAME_SIZE) },
	{ "6.10", "a block in two frames",
	    .frames = "HEADERS+ES:1=get CONTINUATION+EH:1={a=b}",
	    H2_OK(200) },
	{ "6.10", "a block in many frames, some of them empty",
	    .frames = "HEADERS+ES:1 CONTINUATION:1=get CONTINUATION:1 "
	    "(CONTINUATION:1={a=b})*20 CONTINUATION+EH:1", H2_OK(200) },
	{ "6.10", "a frame ends within a field",
	    .frames = "HEADERS+ES:1=get,x0005,a2 CONTINUATION:1=a3,x7f "
	    "CONTINUATION:1=x8001,a200 CONTINUATION+EH:1=a55",
	    H2_OK(200) },
	{ "6.10", "END_STREAM on CONTINUATION means nothing",
	    .frames = "HEADERS:1=post CONTINUATION+EH+ES:1={a=b} "
	    "DATA+ES:1=z8", H2_OK(405) },
	{ "6.10", "without a block", .frames = "CONTINUATION+EH:1=get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.10", "behind a block that has ended",
	    .frames = GET "CONTINUATION+EH:1={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.10", "behind CONTINUATION with END_HEADERS",
	    .frames = "HEADERS+ES:1=get CONTINUATION+EH:1={a=b} "
	    "CONTINUATION+EH:1={a=b}", H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.10", "behind DATA",
	    .frames = POST "DATA:1=z8 CONTINUATION+EH:1={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.10", "of another stream",
	    .frames = "HEADERS+ES:1=get CONTINUATION+EH:3={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.10", "of stream 0",
	    .frames = "HEADERS+ES:1=get CONTINUATION+EH:0={a=b}",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "10.5.1", "a field block of more than 16 KiB",
	    .frames = "HEADERS+ES:1=get "
	    "CONTINUATION+EH:1=x0001,a1,x7fcb7e,a16330",
	    .may = H2_ANSWER | H2_RESET | H2_CUT, .status = 431,
	    .codes = PROTOCOL | H2_CODE(ENHANCE_YOUR_CALM) |
	    H2_CODE(REFUSED_STREAM) },
	{ "10.5.1", "more than 100 fields",
	    .frames = "HEADERS+ES+EH:1=get,({a=b})*97",
	    .may = H2_ANSWER | H2_RESET | H2_CUT, .status = 431,
	    .codes = PROTOCOL | H2_CODE(ENHANCE_YOUR_CALM) |
	    H2_CODE(REFUSED_STREAM) },
};

static const struct h2case priority[] = {
	{ "6.3", "on an idle stream", .frames = "PRIORITY:5=n0,x10",
	    H2_FINE },
	{ "6.3", "on a stream that is used then",
	    .frames = "PRIORITY:1=n0,xff " GET, H2_OK(200) },
	{ "6.3", "on a closed stream", .first = GET,
	    .frames = "PRIORITY:1=n0,x10", H2_FINE },
	{ "6.3", "while the answer is sent",
	    .frames = LONG "PRIORITY:1=n0,x10", .may = H2_IGNORE | H2_ANSWER,
	    .status = 200, .stream = 3 },
	{ "6.3", "on stream 0", .frames = "PRIORITY:0=n0,x10",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.3", "of four bytes", .frames = "PRIORITY:1=n0",
	    H2_STREAM_ERROR(FRAME_SIZE) },
	{ "6.3", "of six bytes", .frames = "PRIORITY:1=n0,x1000",
	    H2_STREAM_ERROR(FRAME_SIZE) },
	{ "5.3.1", "a stream that depends on itself, by PRIORITY",
	    .frames = "PRIORITY:5=n5,x10", .may = H2_IGNORE | H2_RESET |
	    H2_CUT, .stream = 5, .codes = PROTOCOL },
	{ "5.3.1", "a stream that depends on itself, by HEADERS",
	    .frames = "HEADERS+ES+EH+PRIO:1=n1,x10,get", .may = H2_ANSWER |
	    H2_RESET | H2_CUT, .status = 200, .codes = PROTOCOL },
	{ "5.3.2", "a dependency on an idle stream",
	    .frames = "HEADERS+ES+EH+PRIO:1=n7,x10,get", H2_OK(200) },
	{ "5.3.2", "exclusive, on the root",
	    .frames = "HEADERS+ES+EH+PRIO:1=n2147483648,x00,get",
	    H2_OK(200) },
	{ "5.3.2", "two streams that depend on each other",
	    .frames = "PRIORITY:1=n3,x10 PRIORITY:3=n1,x10 " GET,
	    H2_OK(200) },
};

static const struct h2case rst_stream[] = {
	{ "6.4", "on stream 0", .frames = "RST_STREAM:0=n8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.4", "on an idle stream", .frames = "RST_STREAM:1=n8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.4", "on an idle stream with a priority",
	    .frames = "PRIORITY:1=n0,x10 RST_STREAM:1=n8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.4", "of three bytes", .frames = LONG "RST_STREAM:1=z3",
	    H2_CONNECTION_ERROR(FRAME_SIZE), .stream = 3 },
	{ "6.4", "of five bytes", .frames = LONG "RST_STREAM:1=z5",
	    H2_CONNECTION_ERROR(FRAME_SIZE), .stream = 3 },
	{ "6.4", "while the answer is sent", .frames = LONG
	    "RST_STREAM:1=n8", .may = H2_IGNORE | H2_ANSWER, .status = 200,
	    .stream = 3 },
	{ "6.4", "before the body has come",
	    .frames = POST "RST_STREAM:1=n8", H2_FINE },
	{ "6.4", "on a closed stream", .first = GET,
	    .frames = "RST_STREAM:1=n8", H2_FINE },
	{ "6.4", "twice", .frames = POST "RST_STREAM:1=n8 RST_STREAM:1=n8",
	    H2_FINE },
	{ "5.4.2", "is not answered by RST_STREAM",
	    .frames = POST "RST_STREAM:1=n1", H2_FINE },
	{ "7", "an unknown code", .frames = POST "RST_STREAM:1=n4294967295",
	    H2_FINE },
};

static const struct h2case settings[] = {
	{ "6.5", "on stream 1", .frames = "SETTINGS:1=s4.65535",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.5", "of five bytes", .frames = "SETTINGS:0=z5",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.5", "of seven bytes", .frames = "SETTINGS:0=s4.65535,z1",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.5", "ACK with a payload", .frames = "SETTINGS+ACK:0=s4.65535",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.5", "ACK on stream 1", .frames = "SETTINGS+ACK:1",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.5", "ACK that nobody waits for", .frames = "SETTINGS+ACK:0",
	    H2_FINE },
	{ "6.5", "empty", .frames = "SETTINGS:0", H2_FINE },
	{ "6.5", "one value three times",
	    .frames = "SETTINGS:0=s4.1,s4.0,s4.65535", H2_FINE },
	{ "6.5.2", "HEADER_TABLE_SIZE of 2^32-1",
	    .frames = "SETTINGS:0=s1.4294967295", H2_FINE },
	{ "6.5.2", "ENABLE_PUSH of 0", .frames = "SETTINGS:0=s2.0",
	    H2_FINE },
	{ "6.5.2", "ENABLE_PUSH of 1", .frames = "SETTINGS:0=s2.1",
	    H2_FINE },
	{ "6.5.2", "ENABLE_PUSH of 2", .frames = "SETTINGS:0=s2.2",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.5.2", "MAX_CONCURRENT_STREAMS of 0",
	    .frames = "SETTINGS:0=s3.0", H2_FINE },
	{ "6.5.2", "INITIAL_WINDOW_SIZE of 2^31-1",
	    .frames = "SETTINGS:0=s4.2147483647", H2_FINE },
	{ "6.5.2", "INITIAL_WINDOW_SIZE of 2^31",
	    .frames = "SETTINGS:0=s4.2147483648",
	    H2_CONNECTION_ERROR(FLOW_CONTROL) },
	{ "6.5.2", "INITIAL_WINDOW_SIZE of 2^32-1",
	    .frames = "SETTINGS:0=s4.4294967295",
	    H2_CONNECTION_ERROR(FLOW_CONTROL) },
	{ "6.5.2", "MAX_FRAME_SIZE of 16383",
	    .frames = "SETTINGS:0=s5.16383",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.5.2", "MAX_FRAME_SIZE of 16384",
	    .frames = "SETTINGS:0=s5.16384", H2_FINE },
	{ "6.5.2", "MAX_FRAME_SIZE of 2^24-1",
	    .frames = "SETTINGS:0=s5.16777215", H2_FINE },
	{ "6.5.2", "MAX_FRAME_SIZE of 2^24",
	    .frames = "SETTINGS:0=s5.16777216",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.5.2", "MAX_HEADER_LIST_SIZE of 65536",
	    .frames = "SETTINGS:0=s6.65536", H2_FINE },
	{ "6.5.2", "an unknown one",
	    .frames = "SETTINGS:0=s255.9,s0.9,s65535.9", H2_FINE },
	{ "6.5.2", "a wrong one behind good ones",
	    .frames = "SETTINGS:0=s3.100,s4.65535,s2.7",
	    H2_CONNECTION_ERROR(PROTOCOL) },
};

static const struct h2case others[] = {
	{ "6.6", "PUSH_PROMISE from a client",
	    .frames = POST "PUSH_PROMISE+EH:1=n2,get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.6", "PUSH_PROMISE on stream 0",
	    .frames = "PUSH_PROMISE+EH:0=n2,get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "8.4", "PUSH_PROMISE on an idle stream",
	    .frames = "PUSH_PROMISE+EH:1=n2,get",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.7", "PING ACK that nobody waits for",
	    .frames = "PING+ACK:0=a8", H2_FINE },
	{ "6.7", "PING on stream 1", .frames = "PING:1=a8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.7", "PING ACK on stream 1", .frames = "PING+ACK:1=a8",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.7", "PING of no bytes", .frames = "PING:0",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.7", "PING of six bytes", .frames = "PING:0=a6",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.7", "PING of nine bytes", .frames = "PING:0=a9",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.8", "GOAWAY lets what is under way end",
	    .frames = GET "GOAWAY:0=n0,n0", H2_OK(200), .stream = 1 },
	{ "6.8", "GOAWAY without an error", .frames = "GOAWAY:0=n0,n0",
	    .may = H2_IGNORE | H2_CUT, .codes = 0 },
	{ "6.8", "GOAWAY with debug data", .frames = "GOAWAY:0=n0,n0,a99",
	    .may = H2_IGNORE | H2_CUT, .codes = 0 },
	{ "7", "GOAWAY with an unknown code",
	    .frames = "GOAWAY:0=n0,n4294967295", .may = H2_IGNORE | H2_CUT,
	    .codes = 0 },
	{ "6.8", "GOAWAY on stream 1", .frames = "GOAWAY:1=n0,n0",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.8", "GOAWAY of seven bytes", .frames = "GOAWAY:0=z7",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
};

static const struct h2case window_update[] = {
	{ "6.9", "for the connection", .frames = "WINDOW_UPDATE:0=n1",
	    H2_FINE },
	{ "6.9", "of 0 for the connection", .frames = "WINDOW_UPDATE:0=n0",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.9", "of 0 with the reserved bit",
	    .frames = "WINDOW_UPDATE:0=n2147483648",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.9", "of 0 for a stream",
	    .frames = LONG "WINDOW_UPDATE:1=n0",
	    .may = H2_RESET | H2_CUT, .codes = PROTOCOL },
	{ "6.9", "for an idle stream", .frames = "WINDOW_UPDATE:1=n1",
	    H2_CONNECTION_ERROR(PROTOCOL) },
	{ "6.9", "for a stream whose request has come whole",
	    .frames = GET "WINDOW_UPDATE:1=n1000", H2_OK(200) },
	{ "6.9", "for a stream that is open",
	    .frames = POST "WINDOW_UPDATE:1=n1000 DATA+ES:1=z8",
	    H2_OK(405) },
	{ "6.9", "for a closed stream", .first = GET,
	    .frames = "WINDOW_UPDATE:1=n1000", H2_FINE },
	{ "6.9", "of three bytes", .frames = "WINDOW_UPDATE:0=z3",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.9", "of five bytes", .frames = "WINDOW_UPDATE:0=x0000000100",
	    H2_CONNECTION_ERROR(FRAME_SIZE) },
	{ "6.9", "of five bytes for a stream",
	    .frames = LONG "WINDOW_UPDATE:1=x0000000100",
	    H2_CONNECTION_ERROR(FRAME_SIZE), .stream = 3 },
	{ "6.9.1", "up to a window of 2^31-1",
	    .frames = "WINDOW_UPDATE:0=n2147418112", H2_FINE },
	{ "6.9.1", "past that, for the connection",
	    .frames = "WINDOW_UPDATE:0=n2147418113",
	    H2_CONNECTION_ERROR(FLOW_CONTROL) },
	{ "6.9.1", "past that in two steps, for the connection",
	    .frames = "WINDOW_UPDATE:0=n2147418112 WINDOW_UPDATE:0=n1",
	    H2_CONNECTION_ERROR(FLOW_CONTROL) },
	{ "6.9.1", "past that, for a stream",
	    .frames = LONG "WINDOW_UPDATE:1=n2147483647 "
	    "WINDOW_UPDATE:1=n2147483647", H2_STREAM_ERROR(FLOW_CONTROL) },
	{ "6.9.2", "past that, by SETTINGS",
	    .frames = POST "WINDOW_UPDATE:1=n2147418112 "
	    "SETTINGS:0=s4.65536", H2_CONNECTION_ERROR(FLOW_CONTROL),
	    .deviates = "libh2o leaves that stream's window as it was" },
};

TestSuite(h2_frame, .init = h2case_start,
    .fini = h2case_stop, .timeout = 60);

Test(h2_frame, preface)
{
	H2CASE_RUN(preface);
}

Test(h2_frame, format)
{
	H2CASE_RUN(format);
}

Test(h2_frame, data)
{
	H2CASE_RUN(data);
}

Test(h2_frame, headers_and_continuation)
{
	H2CASE_RUN(headers);
}

Test(h2_frame, priority)
{
	H2CASE_RUN(priority);
}

Test(h2_frame, rst_stream)
{
	H2CASE_RUN(rst_stream);
}

Test(h2_frame, settings)
{
	H2CASE_RUN(settings);
}

Test(h2_frame, push_promise_ping_goaway)
{
	H2CASE_RUN(others);
}

Test(h2_frame, window_update)
{
	H2CASE_RUN(window_update);
}
