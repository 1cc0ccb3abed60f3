/* SPDX-License-Identifier: ISC */
/*
 * proxy_header -- the PROXY protocol, versions 1 and 2
 *
 * Runs in:  worker.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    PROXY_HEADER_BAD.
 */
#ifndef REELD_PROXY_HEADER_H
#define REELD_PROXY_HEADER_H

#include <stddef.h>
#include <sys/socket.h>

enum proxy_header_verdict {
	PROXY_HEADER_MORE,	/* a beginning of one */
	PROXY_HEADER_WHOLE,
	PROXY_HEADER_HIDDEN,	/* whole; for somebody who is not named */
	PROXY_HEADER_BAD
};

/*
 * Reads what a connection begins with ("The PROXY protocol", HAProxy, sections
 * 2.1 and 2.2).  Whole: `*used` bytes of it, and the client in `*source`, with
 * family AF_UNSPEC where the sender speaks for itself (LOCAL, unix).
 * A version 1 line has at most 107 bytes, a version 2 header is taken up to
 * 4 KiB; its checksum TLV (PP2_TYPE_CRC32C) is checked where it is there.
 */
enum proxy_header_verdict proxy_header_parse(const char *bytes, size_t len,
    size_t *used, struct sockaddr_storage *source);

#endif /* REELD_PROXY_HEADER_H */
