/* SPDX-License-Identifier: ISC */
/*
 * origin_knob -- how the scripted source is to behave, one value per knob
 *
 * Runs in:  the scripted source.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing; a script is a plain value.
 * Fails:    -1 and a sentence when a knob's value makes no sense.
 */
#ifndef ORIGIN_KNOB_H
#define ORIGIN_KNOB_H

#include <stddef.h>
#include <stdint.h>

/*
 * The one table: id, name in queries, kind, default, words of a KIND_WORD.
 * tests/README explains each; KIND_TEXT comes last, its values are strings.
 */
#define KNOBS(X)							\
	X(SIZE,		"size",		KIND_SIZE, 1048576, NULL)	\
	X(RATE,		"rate",		KIND_SIZE, 0, NULL)		\
	X(DELAY,	"delay",	KIND_TIME, 0, NULL)		\
	X(DRIBBLE,	"dribble",	KIND_TIME, 0, NULL)		\
	X(CUT,		"cut",		KIND_SIZE, -1, NULL)		\
	X(CUTAT,	"cutat",	KIND_SIZE, -1, NULL)		\
	X(CUTONCE,	"cutonce",	KIND_SIZE, 0, NULL)		\
	X(RST,		"rst",		KIND_FLAG, 0, NULL)		\
	X(STALL,	"stall",	KIND_SIZE, -1, NULL)		\
	X(STALLAT,	"stallat",	KIND_SIZE, -1, NULL)		\
	X(STALLMS,	"stallms",	KIND_TIME, 0, NULL)		\
	X(STALLONCE,	"stallonce",	KIND_SIZE, 0, NULL)		\
	X(HANGUP,	"hangup",	KIND_FLAG, 0, NULL)		\
	X(WRONGLEN,	"wronglen",	KIND_SIZE, 0, NULL)		\
	X(SHORT,	"short",	KIND_SIZE, 0, NULL)		\
	X(NOLEN,	"nolen",	KIND_FLAG, 0, NULL)		\
	X(CHUNKED,	"chunked",	KIND_FLAG, 0, NULL)		\
	X(TRAILERS,	"trailers",	KIND_FLAG, 0, NULL)		\
	X(NORANGE,	"norange",	KIND_FLAG, 0, NULL)		\
	X(EARLY,	"early",	KIND_SIZE, 0, NULL)		\
	X(RANGEMAX,	"rangemax",	KIND_SIZE, 0, NULL)		\
	X(CRSHIFT,	"crshift",	KIND_SIZE, 0, NULL)		\
	X(BADCR,	"badcr",	KIND_WORD, 0,			\
	    "none|text|missing|reversed|total|star")			\
	X(MULTIPART,	"multipart",	KIND_FLAG, 0, NULL)		\
	X(LIE416,	"lie416",	KIND_WORD, 0,			\
	    "none|size|bare|wrong")					\
	X(ETAG,		"etag",		KIND_WORD, 0,			\
	    "strong|weak|none")						\
	X(LM,		"lm",		KIND_FLAG, 1, NULL)		\
	X(VERSION,	"version",	KIND_SIZE, 1, NULL)		\
	X(CHANGEAFTER,	"changeafter",	KIND_SIZE, 0, NULL)		\
	X(IFRANGEIGNORE, "ifrangeignore", KIND_FLAG, 0, NULL)		\
	X(STATUS,	"status",	KIND_SIZE, 0, NULL)		\
	X(STATUSAFTER,	"statusafter",	KIND_SIZE, 0, NULL)		\
	X(STATUSONCE,	"statusonce",	KIND_SIZE, 0, NULL)		\
	X(RETRYAFTER,	"retryafter",	KIND_SIZE, -1, NULL)		\
	X(REDIRECT,	"redirect",	KIND_SIZE, 0, NULL)		\
	X(REDIRSTATUS,	"redirstatus",	KIND_SIZE, 302, NULL)		\
	X(TOKENMS,	"tokenms",	KIND_TIME, 0, NULL)		\
	X(TOKENCUT,	"tokencut",	KIND_FLAG, 0, NULL)		\
	X(GZIP,		"gzip",		KIND_FLAG, 0, NULL)		\
	X(HTTP10,	"http10",	KIND_FLAG, 0, NULL)		\
	X(NOKA,		"noka",		KIND_FLAG, 0, NULL)		\
	X(HEAD405,	"head405",	KIND_FLAG, 0, NULL)		\
	X(TYPE,		"type",		KIND_TEXT, 0,			\
	    "application/octet-stream")					\
	X(TO,		"to",		KIND_TEXT, 0, "")		\
	X(AS,		"as",		KIND_TEXT, 0, "")		\
	X(HDR,		"hdr",		KIND_TEXT, 0, "")		\
	X(HDR2,		"hdr2",		KIND_TEXT, 0, "")

enum knob {
#define X(id, name, kind, value, words)	KNOB_##id,
	KNOBS(X)
#undef X
	KNOB_COUNT
};

#define KNOB_TEXTS	(KNOB_COUNT - KNOB_TYPE)
#define KNOB_TEXT_MAX	512

/* Words of KNOB_BADCR, KNOB_LIE416 and KNOB_ETAG, in the table's order. */
enum { BADCR_NONE, BADCR_TEXT, BADCR_MISSING, BADCR_REVERSED, BADCR_TOTAL,
    BADCR_STAR };
enum { LIE416_NONE, LIE416_SIZE, LIE416_BARE, LIE416_WRONG };
enum { ETAG_STRONG, ETAG_WEAK, ETAG_NONE };

struct script {
	uint64_t	 set;			/* bit per knob that was set */
	int64_t		 v[KNOB_COUNT];		/* times in ms */
	char		 text[KNOB_TEXTS][KNOB_TEXT_MAX];
};

/* Every knob at its default, none set. */
void script_init(struct script *);

/*
 * Sets knobs from `query`: name=value&name=value, values percent-decoded, a
 * bare flag name means 1, an empty value puts a knob back to its default.
 * Unknown names pass unless `strict`.  0, or -1 with a sentence in `err`.
 */
int script_apply(struct script *, const char *query, int strict, char *err,
    size_t errlen);

/* What is set in `over` takes precedence over what is in the first. */
void script_overlay(struct script *, const struct script *over);

static inline const char *
script_text(const struct script *s, enum knob k)
{
	return s->text[k - KNOB_TYPE];
}

#endif /* ORIGIN_KNOB_H */
