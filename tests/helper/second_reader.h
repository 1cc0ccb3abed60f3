/* SPDX-License-Identifier: ISC */
/*
 * second_reader -- libh2o's own reading of a request that reeld let pass
 *
 * Runs in:  tests and fuzzers.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    says in which way the two readings differ.
 */
#ifndef TEST_SECOND_READER_H
#define TEST_SECOND_READER_H

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reeld/message.h"

/* picohttpparser as libh2o 2.2.5 exports it; the header is not packaged. */
struct phr_header {
	const char	*name;
	size_t		 name_len;
	const char	*value;
	size_t		 value_len;
};

struct phr_chunked_decoder {
	size_t		 bytes_left_in_chunk;
	char		 consume_trailer;
	char		 hex_count;
	char		 state;
};

int phr_parse_request(const char *, size_t, const char **method, size_t *,
    const char **path, size_t *, int *minor, struct phr_header *, size_t *,
    size_t last_len);
ssize_t phr_decode_chunked(struct phr_chunked_decoder *, char *, size_t *);

#define SECOND_READER_FIELDS	100	/* H2O_MAX_HEADERS */

/* The one field of that name, NULL for none; `*twice` is set for more. */
static inline const struct phr_header *
second_reader_field(const struct phr_header *fields, size_t n,
    const char *name, int *twice)
{
	const struct phr_header *found = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		if (fields[i].name_len != strlen(name) ||
		    strncasecmp(fields[i].name, name, strlen(name)) != 0)
			continue;
		*twice |= found != NULL;
		found = &fields[i];
	}
	return found;
}

/* The content behind the head, as lib/http1.c of libh2o delimits it. */
static inline const char *
second_reader_content(const struct message *m, char *content, size_t len,
    const struct phr_header *length, const struct phr_header *coding)
{
	struct phr_chunked_decoder decoder = { .consume_trailer = 1 };
	char digits[32] = "";

	if (coding != NULL) {
		if (length != NULL || coding->value_len != 7 ||
		    strncasecmp(coding->value, "chunked", 7) != 0)
			return "transfer coding";
		if (phr_decode_chunked(&decoder, content, &len) != 0)
			return "end of the chunked content";
	} else if (length != NULL) {
		if (length->value_len >= sizeof(digits))
			return "digits of the length";
		memcpy(digits, length->value, length->value_len);
		if (strspn(digits, "0123456789") != length->value_len ||
		    strtoull(digits, NULL, 10) != len)
			return "length of the content";
	} else if (len != 0)
		return "content at all";
	return m->body == len ? NULL : "content";
}

/* NULL when libh2o sees in these `m->length` bytes the one request that the
 * walker saw, else what it sees differently. */
static inline const char *
second_reader_objects(const struct message *m, const char *bytes)
{
	struct phr_header fields[SECOND_READER_FIELDS];
	const struct phr_header *length, *coding;
	const char *method, *path, *what = NULL;
	size_t methodlen, pathlen, n = SECOND_READER_FIELDS;
	int minor, twice = 0;
	char *copy = malloc(m->length);

	memcpy(copy, bytes, m->length);
	if (phr_parse_request(copy, m->length, &method, &methodlen, &path,
	    &pathlen, &minor, fields, &n, 0) != (int)m->head)
		what = "end of the head";
	else if (minor != m->minor)
		what = "version";
	if (what == NULL) {
		length = second_reader_field(fields, n, "Content-Length",
		    &twice);
		coding = second_reader_field(fields, n, "Transfer-Encoding",
		    &twice);
		second_reader_field(fields, n, "Host", &twice);
		what = twice ? "field that is there twice" :
		    second_reader_content(m, copy + m->head,
		    m->length - m->head, length, coding);
	}
	free(copy);
	return what;
}

#endif /* TEST_SECOND_READER_H */
