/* SPDX-License-Identifier: ISC */
/* piece_fuzz -- any text as a piece CID; a libFuzzer program */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "reeld/piece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is taken is the only spelling of what it means. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct piece p, again;
	char text[PIECE_TEXT];
	const char *why = NULL;

	if (piece_parse((const char *)data, len, &p, &why) == -1) {
		assert(why != NULL);
		return 0;
	}
	assert(p.version == 1 || p.version == 2);
	assert((piece_size(&p) >= 0) == (p.version == 2));
	piece_print(&p, text);
	assert(strlen(text) == len && memcmp(text, data, len) == 0);
	assert(piece_parse(text, len, &again, &why) == 0);
	assert(memcmp(&again, &p, sizeof(p)) == 0);
	return 0;
}
