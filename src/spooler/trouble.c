/* SPDX-License-Identifier: ISC */
/* trouble -- what an errno of the disk makes of the spool; spooler */
#include "config.h"

#include <errno.h>

#include "trouble.h"

enum spool_state
trouble_state(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return SPOOL_FULL;
	case EFBIG:
	case EROFS:
	case EIO:			/* the medium takes nothing */
		return SPOOL_UNWRITABLE;
	default:
		return SPOOL_BROKEN;
	}
}
