/* SPDX-License-Identifier: ISC */
/*
 * head -- reads a source's response head and acts on its verdict
 *
 * Runs in:  fetcher.
 * Touches:  the pull, its object.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    what is against HTTP breaks the pull; nothing of it is stored.
 */
#ifndef HEAD_H
#define HEAD_H

#include <stddef.h>

#include "reeld/answer.h"
#include "pull.h"

/* CURLOPT_HEADERFUNCTION of a pull. */
size_t head_line(char *line, size_t size, size_t n, void *pull);

/* Judges the head that is complete; called before the first byte of the body,
 * or at the end if there was none. */
void head_judge(struct pull *);

/* The head as answer.h sees it. */
struct answer_head head_answer(const struct pull *);

/* The source has another representation: the pull goes on in a new object,
 * the old one is past (P8).  -1, broken, when this is once too often. */
int head_changed(struct pull *);

#endif /* HEAD_H */
