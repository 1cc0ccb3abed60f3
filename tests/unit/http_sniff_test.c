/* SPDX-License-Identifier: ISC */
/* http_sniff_test -- what kind of media begins like that */
#include "config.h"

#include <string.h>

#include <criterion/criterion.h>

#include "reeld/media.h"
#include "reeld/sniff.h"

#define S(s)	s, sizeof(s) - 1

static const struct row {
	const char	*bytes;
	size_t		 len;
	const char	*type;		/* NULL: not to be told */
} rows[] = {
	{ S("\0\0\0\x20" "ftypisom\0\0\2\0isomiso2avc1mp41"), "video/mp4" },
	{ S("\0\0\0\x18" "ftypmp42\0\0\0\0mp42isom"), "video/mp4" },
	{ S("\0\0\0\x14" "ftypqt  \0\0\2\0"), "video/quicktime" },
	{ S("\0\0\0\x20" "ftypM4A \0\0\2\0"), "audio/mp4" },
	{ S("\0\0\0\x20" "ftypavif"), "image/avif" },
	{ S("\0\0\0\x18" "stypmsdh"), "video/iso.segment" },
	{ S("\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x81\x01\x42\x82\x84"
	    "webm\x42\x87\x81\x04"), "video/webm" },
	{ S("\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska"),
	    "video/x-matroska" },
	{ S("OggS\0\2\0\0\0\0\0\0\0\0abcdefgh\0\0\0\0\1\x13OpusHead"),
	    "audio/ogg" },
	{ S("OggS\0\2\0\0\0\0\0\0\0\0abcdefgh\0\0\0\0\1\x2a\x80theora\3\2"),
	    "video/ogg" },
	{ S("fLaC\0\0\0\x22"), "audio/flac" },
	{ S("ID3\4\0\0\0\0\0\x23TSSE"), "audio/mpeg" },
	{ S("RIFF\x24\0\0\0WAVEfmt "), "audio/wav" },
	{ S("RIFF\x24\0\0\0AVI LIST"), "video/x-msvideo" },
	{ S("RIFF\x24\0\0\0WEBPVP8 "), "image/webp" },
	{ S("FLV\1\5\0\0\0\x9"), "video/x-flv" },
	{ S("\0\0\1\xba\x44\0\4\0"), "video/mpeg" },
	{ S("\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg" },
	{ S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png" },
	{ S("GIF89a"), "image/gif" },
	{ S("#EXTM3U\n#EXTINF"), "application/vnd.apple.mpegurl" },
	{ S("WEBVTT\n\n"), "text/vtt" },
	{ S(""), NULL },
	{ S("\0\0\0\x20" "fty"), NULL },
	{ S("<!DOCTYPE html><script>"), NULL },
	{ S("MZ\x90\0\3"), NULL },
	{ S("RIFF\x24\0\0\0what"), NULL },
	{ S("\xff\xfb\x90\x64"), NULL },	/* one frame is too little */
	{ S("G"), NULL },
};

Test(http_sniff, rows)
{
	const char *type;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		type = sniff_type((const uint8_t *)rows[i].bytes, rows[i].len);
		cr_expect_str_eq(type == NULL ? "none" : type,
		    rows[i].type == NULL ? "none" : rows[i].type, "row %zu",
		    i);
	}
}

/* Packets of `size` bytes whose sync byte stands at `at`. */
static const char *
packets(uint8_t *buf, size_t len, size_t at, size_t size)
{
	memset(buf, 0xff, len);
	for (; at < len; at += size)
		buf[at] = 0x47;
	return sniff_type(buf, len);
}

Test(http_sniff, transport_streams)
{
	uint8_t buf[600];

	cr_expect_str_eq(packets(buf, 600, 0, 188), "video/mp2t");
	cr_expect_str_eq(packets(buf, 600, 4, 192), "video/mp2t");
	cr_expect_null(packets(buf, 600, 0, 187));
	cr_expect_null(packets(buf, 376, 0, 188), "two packets only");
}

Test(http_sniff, frames)
{
	/* 128 kbit/s at 44100 Hz: 417 bytes; with its padding bit, 418 */
	static const uint8_t mp3[4] = { 0xff, 0xfb, 0x92, 0x64 };
	static const uint8_t adts[6] = { 0xff, 0xf1, 0x50, 0x80, 0x20, 0x1f };
	uint8_t buf[1000] = { 0 };

	memcpy(buf, mp3, 4);
	cr_expect_null(sniff_type(buf, sizeof(buf)));
	memcpy(buf + 418, mp3, 4);
	cr_expect_str_eq(sniff_type(buf, sizeof(buf)), "audio/mpeg");
	memset(buf, 0, sizeof(buf));
	memcpy(buf, adts, 6);
	cr_expect_null(sniff_type(buf, sizeof(buf)));
	memcpy(buf + (0x20 << 3), adts, 6);
	cr_expect_str_eq(sniff_type(buf, sizeof(buf)), "audio/aac");
}

/* No prefix of anything is read past its end, or is another kind of file. */
Test(http_sniff, prefixes)
{
	const char *type;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (n = 0; n < rows[i].len; n++) {
			type = sniff_type((const uint8_t *)rows[i].bytes, n);
			cr_expect(type == NULL || strcmp(type, "video/mp4") ==
			    0 || strcmp(type, "audio/ogg") == 0 ||
			    strcmp(type, "video/x-matroska") == 0 ||
			    strcmp(type, rows[i].type) == 0,
			    "row %zu, %zu bytes: %s", i, n, type);
		}
}

/* What a storage provider calls a piece says nothing of the film in it. */
Test(http_sniff, archives_are_no_type)
{
	cr_expect_str_eq(media_type("application/vnd.ipld.car; version=1",
	    "x.mkv"), "video/x-matroska");
	cr_expect_str_eq(media_type("application/vnd.ipld.car; version=1",
	    "x"), "application/vnd.ipld.car; version=1");
}
