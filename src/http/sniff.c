/* SPDX-License-Identifier: ISC */
/* sniff -- the Content-Type of a file, from its first bytes; fetcher, worker */
#include "config.h"

#include <string.h>

#include "reeld/sniff.h"

#define TS_SYNC		0x47	/* of ISO 13818-1 packets */
#define TS_PACKET	188
#define M2TS_PACKET	192	/* 4 bytes of time before each */
#define MP3_FRAME	144	/* samples of a frame / 8, MPEG-1 layer III */

/* Bytes that stand at a fixed place; the first row that fits counts. */
static const struct magic {
	size_t		 at;
	const char	*bytes;
	size_t		 len;
	const char	*type;
} magics[] = {
#define MAGIC(at, bytes, type) { at, bytes, sizeof(bytes) - 1, type }
	/* brands of ISO 14496-12 files, before the rest of them */
	MAGIC(4, "ftypqt  ", "video/quicktime"),
	MAGIC(4, "ftypM4A ", "audio/mp4"),
	MAGIC(4, "ftypM4B ", "audio/mp4"),
	MAGIC(4, "ftypavif", "image/avif"),
	MAGIC(4, "ftypheic", "image/heic"),
	MAGIC(4, "ftypmif1", "image/heif"),
	MAGIC(4, "ftyp", "video/mp4"),
	MAGIC(4, "stypmsdh", "video/iso.segment"),
	MAGIC(4, "moov", "video/quicktime"),
	MAGIC(0, "fLaC", "audio/flac"),
	MAGIC(0, "ID3", "audio/mpeg"),
	MAGIC(8, "WAVEfmt ", "audio/wav"),
	MAGIC(8, "AVI LIST", "video/x-msvideo"),
	MAGIC(8, "WEBPVP8", "image/webp"),
	MAGIC(0, "FLV\1", "video/x-flv"),
	MAGIC(0, "\0\0\1\xba", "video/mpeg"),
	MAGIC(0, "\0\0\1\xb3", "video/mpeg"),
	MAGIC(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
	MAGIC(0, "\xff\xd8\xff", "image/jpeg"),
	MAGIC(0, "\x89PNG\r\n\x1a\n", "image/png"),
	MAGIC(0, "GIF87a", "image/gif"),
	MAGIC(0, "GIF89a", "image/gif"),
	MAGIC(0, "#EXTM3U", "application/vnd.apple.mpegurl"),
	MAGIC(0, "WEBVTT", "text/vtt"),
#undef MAGIC
};

static int
stands_at(const uint8_t *bytes, size_t len, size_t at, const void *what,
    size_t n)
{
	return at + n <= len && memcmp(bytes + at, what, n) == 0;
}

/* EBML (RFC 8794); the DocType is an element of its header. */
static const char *
matroska(const uint8_t *bytes, size_t len)
{
	size_t head = len < 64 ? len : 64;

	if (!stands_at(bytes, len, 0, "\x1a\x45\xdf\xa3", 4))
		return NULL;
	return memmem(bytes, head, "\x42\x82\x84webm", 7) != NULL ?
	    "video/webm" : "video/x-matroska";
}

/* Ogg (RFC 3533): the first page begins a stream, whose codec names itself. */
static const char *
ogg(const uint8_t *bytes, size_t len)
{
	size_t head = len < 128 ? len : 128;

	if (!stands_at(bytes, len, 0, "OggS", 4))
		return NULL;
	return memmem(bytes, head, "\x80theora", 7) != NULL ? "video/ogg" :
	    "audio/ogg";
}

/* Three packets in a row: one byte alone means little. */
static const char *
transport_stream(const uint8_t *bytes, size_t len)
{
	size_t at, size;

	for (size = TS_PACKET; size <= M2TS_PACKET; size += 4) {
		at = size - TS_PACKET;
		if (at + 2 * size < len && bytes[at] == TS_SYNC &&
		    bytes[at + size] == TS_SYNC &&
		    bytes[at + 2 * size] == TS_SYNC)
			return "video/mp2t";
	}
	return NULL;
}

/* Bytes of an MPEG-1 layer III frame without CRC, from its header; 0: it is
 * none. */
static size_t
mp3_frame(const uint8_t *h)
{
	static const unsigned kbits[16] = { 0, 32, 40, 48, 56, 64, 80, 96, 112,
		128, 160, 192, 224, 256, 320, 0 };
	static const unsigned rates[4] = { 44100, 48000, 32000, 0 };

	if (h[0] != 0xff || (h[1] & 0xfe) != 0xfa ||
	    kbits[h[2] >> 4] == 0 || rates[h[2] >> 2 & 3] == 0)
		return 0;
	return MP3_FRAME * 1000 * kbits[h[2] >> 4] / rates[h[2] >> 2 & 3] +
	    (h[2] >> 1 & 1);
}

/* Bytes of an ADTS frame (ISO 13818-7); 0: it is none. */
static size_t
adts_frame(const uint8_t *h)
{
	return h[0] != 0xff || (h[1] & 0xf6) != 0xf0 ? 0 :
	    (size_t)(h[3] & 3) << 11 | (size_t)h[4] << 3 | h[5] >> 5;
}

/* A frame, and another one where it ends. */
static int
two_frames(const uint8_t *bytes, size_t len, size_t (*frame)(const uint8_t *))
{
	size_t next;

	if (len < 6 || (next = frame(bytes)) == 0)
		return 0;
	return next + 6 <= len && frame(bytes + next) != 0;
}

const char *
sniff_type(const uint8_t *bytes, size_t len)
{
	const char *type;
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (stands_at(bytes, len, magics[i].at, magics[i].bytes,
		    magics[i].len))
			return magics[i].type;
	if ((type = matroska(bytes, len)) != NULL ||
	    (type = ogg(bytes, len)) != NULL ||
	    (type = transport_stream(bytes, len)) != NULL)
		return type;
	return two_frames(bytes, len, mp3_frame) ? "audio/mpeg" :
	    two_frames(bytes, len, adts_frame) ? "audio/aac" : NULL;
}
