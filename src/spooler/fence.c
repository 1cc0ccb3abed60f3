/* SPDX-License-Identifier: ISC */
/* fence -- the directory that this process was shut in with; spooler */
#include "config.h"

#include <sys/stat.h>

#include "fence.h"

static struct stat noted;
static int was_there;

void
fence_note(const char *path)
{
	was_there = stat(path, &noted) == 0;
}

int
fence_is_old(const char *path)
{
	struct stat st;
	int there = stat(path, &st) == 0;

	return there != was_there || (there &&
	    (st.st_dev != noted.st_dev || st.st_ino != noted.st_ino));
}
