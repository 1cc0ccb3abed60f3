/* SPDX-License-Identifier: ISC */
/* source -- the text of one configuration file, made fit for libconfuse; every
 * process */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "reeld/log.h"

#include "source.h"

/* Stands for the $ of a ${ that is to be replaced.  No file can hold it: raw
 * control characters are slips. */
#define MARK		'\001'

struct scan {
	const char	*p, *end;
	int		 line;
	int		 in_word;	/* the byte before was a bare word's */
	int		 depth;		/* of open braces ... */
	int		 opened;	/* ... and the line of the outermost */
	char		 last, before;	/* the two bytes before p that were
					 * neither blank nor comment */
	FILE		*out;
	struct source	*source;
};

static FILE *
open_text(char **text, size_t *len)
{
	FILE *fp = open_memstream(text, len);

	if (fp == NULL)
		fatal("open_memstream: %s", strerror(errno));
	return fp;
}

static void
close_text(FILE *fp)
{
	if (fclose(fp) == EOF)
		fatal("open_memstream: %s", strerror(errno));
}

/* Cuts the text here; the scan ends.  A lone = is never the grammar's: without
 * it the end of the text would also end an open section, in good order. */
static void
slip(struct scan *scan, const char *why)
{
	strlcpy(scan->source->slip, why, sizeof(scan->source->slip));
	scan->source->slip_line = scan->line;
	scan->p = scan->end;
	fputs(" =", scan->out);
}

static int
looking_at(const struct scan *scan, const char *s)
{
	size_t len = strlen(s);

	return (size_t)(scan->end - scan->p) >= len &&
	    memcmp(scan->p, s, len) == 0;
}

static int
is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t' && c != '\n') ||
	    c == 0x7f;
}

/* Copies the byte at p, which is neither blank nor comment. */
static void
copy(struct scan *scan)
{
	scan->before = scan->last;
	scan->last = *scan->p++;
	putc(scan->last, scan->out);
}

static void
newline(struct scan *scan)
{
	putc('\n', scan->out);
	scan->line++;
	scan->p++;
}

static void
blank(struct scan *scan)
{
	putc(' ', scan->out);
	scan->p++;
}

static void
skip_line_comment(struct scan *scan)
{
	while (scan->p < scan->end && *scan->p != '\n')
		scan->p++;
}

/* Only the newlines stay, and a blank, as a comment parts words. */
static void
skip_block_comment(struct scan *scan)
{
	const char *stop;

	stop = memmem(scan->p + 2, (size_t)(scan->end - scan->p) - 2, "*/", 2);
	if (stop == NULL) {
		slip(scan, "comment has no end");
		return;
	}
	while (scan->p < stop)
		if (*scan->p == '\n')
			newline(scan);
		else
			scan->p++;
	scan->p = stop + 2;
	putc(' ', scan->out);
}

/* Where the string that begins at p ends, or NULL after a slip. */
static const char *
string_end(struct scan *scan)
{
	const char *p;

	for (p = scan->p + 1; p < scan->end && *p != *scan->p; p++) {
		if (*p == '\\' && p + 1 < scan->end)
			p++;
		if (is_control(*p)) {
			slip(scan, "control character in a string");
			return NULL;
		}
	}
	if (p >= scan->end) {
		slip(scan, "string has no end");
		return NULL;
	}
	return p;
}

static void
copy_string(struct scan *scan)
{
	const char *stop = string_end(scan);
	char quote;

	if (stop == NULL)
		return;
	quote = *scan->p;
	copy(scan);
	while (scan->p < stop) {
		if (*scan->p == '\\')
			copy(scan);
		else if (quote == '"' && looking_at(scan, "${")) {
			putc(MARK, scan->out);
			scan->p++;
			continue;
		}
		if (*scan->p == '\n')
			newline(scan);
		else
			copy(scan);
	}
	copy(scan);
}

static void
open_brace(struct scan *scan)
{
	if (scan->depth++ == 0)
		scan->opened = scan->line;
	copy(scan);
}

/* The braces of a list that has none get a value: see SOURCE_EMPTY. */
static void
close_brace(struct scan *scan)
{
	scan->depth--;
	if (scan->last == '{' && scan->before == '=')
		fputs("\"" SOURCE_EMPTY "\"", scan->out);
	copy(scan);
}

/* Takes one byte, string or comment from p. */
static void
step(struct scan *scan)
{
	char c = *scan->p;
	int was_word = scan->in_word;

	scan->in_word = 0;
	if (c == '\n')
		newline(scan);
	else if (c == ' ' || c == '\t' || looking_at(scan, "\r\n"))
		blank(scan);
	else if (c == '#' || (!was_word && looking_at(scan, "//")))
		skip_line_comment(scan);
	else if (looking_at(scan, "/*"))
		skip_block_comment(scan);
	else if (c == '"' || c == '\'')
		copy_string(scan);
	else if (c == '{')
		open_brace(scan);
	else if (c == '}')
		close_brace(scan);
	else if (strchr("=(),", c) != NULL && c != '\0')
		copy(scan);
	else if (c == '*')
		slip(scan, "unexpected '*': put the value in quotes");
	else if (c == '+')
		slip(scan, "unexpected '+'");
	else if (looking_at(scan, "${"))
		slip(scan, "${ outside of double quotes");
	else if (is_control(c))
		slip(scan, "control character");
	else {
		copy(scan);
		scan->in_word = 1;
	}
}

void
source_parse(struct source *source, const char *bytes, size_t len)
{
	struct scan scan = {
		.p = bytes, .end = bytes + len, .line = 1, .source = source
	};
	char why[SOURCE_SLIP_MAX];

	memset(source, 0, sizeof(*source));
	scan.out = open_text(&source->text, &source->len);
	while (scan.p < scan.end)
		step(&scan);
	/* libconfuse takes the end of the file for the end of a section. */
	if (source->slip_line == 0 && scan.depth > 0) {
		snprintf(why, sizeof(why), "the { of line %d has no }",
		    scan.opened);
		slip(&scan, why);
	}
	close_text(scan.out);
}

int
source_read(struct source *source, const char *file)
{
	char *bytes;
	size_t len;
	FILE *fp;
	int saved;

	if ((bytes = malloc(SOURCE_MAX + 1)) == NULL)
		return -1;
	if ((fp = fopen(file, "re")) == NULL)
		goto undo_bytes;
	errno = 0;
	len = fread(bytes, 1, SOURCE_MAX + 1, fp);
	if (ferror(fp))
		goto undo_fp;
	if (len > SOURCE_MAX) {
		errno = EFBIG;
		goto undo_fp;
	}
	source_parse(source, bytes, len);
	fclose(fp);
	free(bytes);
	return 0;

undo_fp:
	saved = errno;
	fclose(fp);
	errno = saved;
undo_bytes:
	saved = errno;
	free(bytes);
	errno = saved;
	return -1;
}

void
source_fini(struct source *source)
{
	free(source->text);
	memset(source, 0, sizeof(*source));
}

/* The value of a name of `len` bytes, or NULL. */
static const char *
find_define(const char *name, size_t len, const struct conf_define *defines,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(defines[i].name) == len &&
		    memcmp(defines[i].name, name, len) == 0)
			return defines[i].value;
	return NULL;
}

char *
source_expand(const char *value, const struct conf_define *defines, size_t n,
    char *why, size_t len)
{
	const char *p, *stop, *found;
	char *text = NULL;
	size_t text_len;
	FILE *out = open_text(&text, &text_len);

	for (p = value; *p != '\0'; p++) {
		if (p[0] != MARK || p[1] != '{') {
			putc(*p, out);
			continue;
		}
		p += 2;
		if ((stop = strchr(p, '}')) == NULL) {
			snprintf(why, len, "${ has no }");
			goto undo_text;
		}
		found = find_define(p, (size_t)(stop - p), defines, n);
		if (found == NULL) {
			snprintf(why, len, "${%.*s} is not defined (-D)",
			    (int)(stop - p), p);
			goto undo_text;
		}
		fputs(found, out);
		p = stop;
	}
	close_text(out);
	return text;

undo_text:
	close_text(out);
	free(text);
	return NULL;
}
