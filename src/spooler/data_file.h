/* SPDX-License-Identifier: ISC */
/*
 * data_file -- descriptors of the spool's data files, and their page cache
 *
 * Runs in:  spooler; reelctl fsck.
 * Touches:  DIR/data/XX/FILE.
 * Locks:    none.
 * Owns:     DATA_FILES files, two descriptors each; one is good until the next
 *           call here.
 * Fails:    -1 with errno of the system call.
 */
#ifndef DATA_FILE_H
#define DATA_FILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define DATA_FILES	32
#define DATA_ALIGN	4096U
#define DATA_BEHIND	64	/* writes that may be under way */
#define DATA_BEHIND_MAX	(32 << 20)	/* bytes of them */

struct data_file {
	int64_t		 file;		/* 0: none */
	int		 fd;
	int		 direct;	/* past the page cache, or -1 */
	uint64_t	 used;
};

/* Bytes that were written and that the page cache still has. */
struct data_behind {
	int64_t		 file;
	off_t		 offset;
	off_t		 length;
};

struct data {
	int		 dirfd;
	uint32_t	 segment_size;
	uint64_t	 clock;
	struct data_file files[DATA_FILES];
	struct data_behind behind[DATA_BEHIND];	/* a ring */
	unsigned	 first, n;
	off_t		 waiting;	/* bytes in the ring */
};

/* A descriptor for reading and writing; `create`: made where there is none. */
int data_file_open(struct data *, int64_t file, int create);
/* The same with O_DIRECT: -1 with EINVAL where the file system has none.  Of
 * use for what lies on borders of DATA_ALIGN, in the file and in memory: it
 * costs a quarter of the CPU time, and leaves the page cache to others. */
int data_file_direct(struct data *, int64_t file, int create);
/* Its descriptors are closed, if there is one. */
void data_file_close(struct data *, int64_t file);
/* Path below the spool's directory. */
void data_file_name(int64_t file, char *name, size_t size);

/* Written: write-back begins when there is enough beside each other, and what
 * was written long before is dropped. */
void data_file_wrote(struct data *, int64_t file, off_t offset, off_t length);
/* All of it is waited for and dropped. */
void data_file_settle(struct data *);

#endif /* DATA_FILE_H */
