/* SPDX-License-Identifier: ISC */
/* media -- the Content-Type that players are told; pure */
#include "config.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "reeld/media.h"

static const struct type {
	const char	*suffix, *type;
} types[] = {
	{ "mp4", "video/mp4" },
	{ "m4v", "video/mp4" },
	{ "mov", "video/quicktime" },
	{ "mkv", "video/x-matroska" },
	{ "webm", "video/webm" },
	{ "ts", "video/mp2t" },
	{ "m2ts", "video/mp2t" },
	{ "mpg", "video/mpeg" },
	{ "mpeg", "video/mpeg" },
	{ "avi", "video/x-msvideo" },
	{ "ogv", "video/ogg" },
	{ "mp3", "audio/mpeg" },
	{ "m4a", "audio/mp4" },
	{ "aac", "audio/aac" },
	{ "flac", "audio/flac" },
	{ "ogg", "audio/ogg" },
	{ "opus", "audio/ogg" },
	{ "wav", "audio/wav" },
	{ "m3u8", "application/vnd.apple.mpegurl" },
	{ "mpd", "application/dash+xml" },
	{ "m4s", "video/iso.segment" },
	{ "srt", "application/x-subrip" },
	{ "vtt", "text/vtt" },
	{ "jpg", "image/jpeg" },
	{ "png", "image/png" },
};

int
media_is_vague(const char *type)
{
	return type[0] == '\0' ||
	    strncasecmp(type, "application/octet-stream", 24) == 0 ||
	    strncasecmp(type, "binary/octet-stream", 19) == 0 ||
	    strncasecmp(type, "application/x-binary", 20) == 0 ||
	    strncasecmp(type, "application/vnd.ipld.car", 24) == 0;
}

const char *
media_type(const char *said, const char *name)
{
	size_t len = strcspn(name, "?#"), dot = len, i;

	if (!media_is_vague(said))
		return said;
	while (dot > 0 && name[dot - 1] != '.')
		dot--;
	for (i = 0; dot > 0 && i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].suffix) == len - dot &&
		    strncasecmp(types[i].suffix, name + dot, len - dot) == 0)
			return types[i].type;
	return said[0] != '\0' ? said : "application/octet-stream";
}
