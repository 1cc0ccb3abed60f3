/* SPDX-License-Identifier: ISC */
/* panic -- reeld itself is wrong; every process */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <bsd/string.h>

#include "reeld/log.h"
#include "reeld/panic.h"

static char *words;
static size_t words_len;

void
panic_words(char *buf, size_t len)
{
	words = buf;
	words_len = len;
}

void
panic(const char *file, int line, const char *fmt, ...)
{
	char text[256], full[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(full, sizeof(full), "%s:%d: %s", file, line, text);
	if (words != NULL)
		strlcpy(words, full, words_len);
	log_err("panic: %s", full);
	abort();
}
