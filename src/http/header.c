/* SPDX-License-Identifier: ISC */
/* header -- header lines of a source; fetcher, worker */
#include "config.h"

#include <sys/param.h>

#include "reeld/date.h"
#include "reeld/header.h"

#include "octet.h"
#include "scan.h"

static struct span
without_line_end(const char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\n')
		len--;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	return (struct span){ line, len };
}

/* How many bytes of `s` are a token. */
static size_t
token_len(struct span s)
{
	size_t n;

	for (n = 0; n < s.len && octet_token((unsigned char)s.base[n]); n++)
		continue;
	return n;
}

int
header_split(const char *line, size_t len, struct span *name,
    struct span *value)
{
	struct span s = without_line_end(line, len);
	size_t i, n = token_len(s);

	if (n == 0 || n == s.len || s.base[n] != ':')
		return -1;
	for (i = n + 1; i < s.len; i++)
		if (octet_control((unsigned char)s.base[i]) &&
		    s.base[i] != '\t')
			return -1;
	*name = (struct span){ s.base, n };
	*value = scan_trim((struct span){ s.base + n + 1, s.len - n - 1 });
	return 0;
}

int
header_is(struct span text, const char *name)
{
	return scan_word(&text, name) && text.len == 0;
}

int
header_listed(struct span list, const char *token)
{
	struct span member;

	while (scan_member(&list, &member))
		if (header_is(member, token))
			return 1;
	return 0;
}

int
header_length(struct span value, int64_t *length)
{
	struct span member;
	int64_t found = *length;
	uint64_t v;
	int members = 0;

	while (scan_member(&value, &member)) {
		if (scan_number(&member, &v) == 0 || member.len > 0 ||
		    v == SCAN_NUMBER_MAX)
			return -1;
		if (found != -1 && found != (int64_t)v)
			return -1;
		found = (int64_t)v;
		members = 1;
	}
	if (!members)
		return -1;
	*length = found;
	return 0;
}

int
header_type_valid(struct span value)
{
	struct span s = value;
	size_t i, n = token_len(s);

	if (value.len > HEADER_TYPE_MAX || n == 0)
		return 0;
	s = (struct span){ s.base + n, s.len - n };
	if (!scan_char(&s, '/'))
		return 0;
	n = token_len(s);
	if (n == 0 || (n < s.len && s.base[n] != ';' && s.base[n] != ' '))
		return 0;
	for (i = n; i < s.len; i++)
		if ((unsigned char)s.base[i] < 0x20 ||
		    (unsigned char)s.base[i] > 0x7e)
			return 0;
	return 1;
}

int
header_multipart(struct span value)
{
	return scan_word(&value, "multipart/byteranges") &&
	    (value.len == 0 || value.base[0] == ';' ||
	    octet_blank((unsigned char)value.base[0]));
}

int
header_identity(struct span value)
{
	struct span member;

	while (scan_member(&value, &member))
		if (!header_is(member, "identity"))
			return 0;
	return 1;
}

int64_t
header_retry(struct span value, int64_t now)
{
	struct span s = scan_trim(value);
	uint64_t seconds;
	int64_t date;

	if (scan_number(&s, &seconds) > 0)
		return s.len > 0 ? -1 :
		    (int64_t)MIN(seconds, HEADER_RETRY_MAX);
	date = date_parse(value.base, value.len, now);
	if (date == -1)
		return -1;
	return date <= now ? 0 : MIN(date - now, HEADER_RETRY_MAX);
}
