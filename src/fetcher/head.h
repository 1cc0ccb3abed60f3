/* SPDX-License-Identifier: ISC */
/*
 * head -- reads a source's response head
 *
 * Runs in:  fetcher, inside libcurl's callbacks.
 * Touches:  the pull.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: what cannot be read is as if it were not there.
 */
#ifndef HEAD_H
#define HEAD_H

#include <stddef.h>

#include "reeld/answer.h"
#include "pull.h"

/* CURLOPT_HEADERFUNCTION of a pull. */
size_t head_line(char *line, size_t size, size_t n, void *pull);

/* The head as answer.h sees it. */
struct answer_head head_answer(const struct pull *);

#endif /* HEAD_H */
