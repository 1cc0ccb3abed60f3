/* SPDX-License-Identifier: ISC */
/*
 * h2script -- HTTP/2 frames from a line of text, so that they fit in a table
 *
 *	frame ...			frames, separated by blanks
 *	TYPE+FLAG+FLAG:STREAM=PIECE,PIECE
 *	preface				the 24 bytes of RFC 9113 3.4
 *	raw=PIECE,PIECE			bytes that are no frame
 *
 * TYPE is a name as in RFC 9113 6, or T and a number; FLAG one of ACK, ES, EH,
 * PAD, PRIO, or F and a number.  "=..." may be left out.  A piece is
 *
 *	z12  a12	twelve zero bytes; twelve letters
 *	x82c0		bytes in hexadecimal
 *	n65536		a number of 32 bits
 *	s4.65536	a setting: identifier and value
 *	get post	the fields of a request for H2SCRIPT_PATH
 *	{name=value}	a field, RFC 7541 6.2.2
 *	[name=value]	the same, added to the dynamic table (6.2.1)
 *
 * "(...)*5" says what is between the brackets five times.
 *
 * Runs in:  test programs.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    the test, when the text is not of that form or makes too much.
 */
#ifndef TEST_H2SCRIPT_H
#define TEST_H2SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#define H2SCRIPT_PATH	"/f/film?size=1000"
#define H2SCRIPT_MAX	(256u << 10)	/* bytes of all frames */

/* Writes the frames to `to`, which has room for H2SCRIPT_MAX: how many
 * bytes. */
size_t h2script_put(uint8_t *to, const char *text);

#endif /* TEST_H2SCRIPT_H */
