#include "table/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/file.h"
#include "base/temporary.h"

/*
 * Three steps: source (file, pipe, memory, spool) -> raw (bytes read ahead, still wrapped) -> head (unwrapped bytes that were
 * only looked at). Plain input skips raw once the bytes that told what it is are used up.
 */
enum { RAW = 128 * 1024, MAGIC = 12, PIPE = 64 * 1024 /* what one holds before it is widened */ };
enum wrap { NOT_KNOWN, PLAIN, GZIP, ZSTD };

struct ns_bytes {
	char *name;
	int fd; /* -1: memory */
	bool owned, seekable, widened;
	off_t start;
	const unsigned char *memory;
	size_t memory_size, portion; /* portion 0: all at once */
	int spool;                  /* -1: none */
	uint64_t position, spooled; /* in raw bytes; what lies below spooled comes from the spool */
	enum wrap wrap;
	unsigned char *raw;
	size_t raw_at, raw_size;
	z_stream zlib;
	ZSTD_DStream *zstd;
	bool inside; /* a gzip member or zstd frame has begun and not ended */
	bool full;   /* the decoder filled what it was given: it may hold more */
	unsigned char head[NS_BYTES_HEAD];
	size_t head_at, head_size;
	bool begun;
	uint32_t remarked;
};

/* What people pipe in by mistake, by first bytes. */
static const struct {
	const char *magic;
	size_t size;
	const char *what;
} strangers[] = {
	{"PAR1\025", 5, "a Parquet file (convert it to CSV or an Arrow stream first)"},
	{"PK\3\4", 4, "a zip archive or an Excel workbook (unzip it, or save the sheet as CSV)"},
	{"\320\317\021\340\241\261\032\341", 8, "an old Excel workbook (save the sheet as CSV)"},
	{"\3757zXZ\0", 6, "xz data (xz -dc unpacks it)"},
	{"BZh91AY&SY", 10, "bzip2 data (bzip2 -dc unpacks it)"},
	{"\004\"M\030", 4, "lz4 data (lz4 -dc unpacks it)"},
	{"7z\274\257\047\034", 6, "a 7z archive (unpack it first)"},
	{"FEA1\0\0\0\0", 8, "a Feather file of version 1 (write it as an Arrow stream)"},
	{"SQLite format 3", 16, "an SQLite database (export the table as CSV)"},
	{"\211HDF\r\n\032\n", 8, "an HDF5 file (convert it to CSV first)"},
	{"\223NUMPY", 6, "a NumPy array (convert it to CSV first)"},
	{"%PDF-1.", 7, "a PDF document"},
	{"%PDF-2.", 7, "a PDF document"},
};

/* A magic number that is text may be a column's name; then the name ends there. */
static bool is_name(const unsigned char *head, size_t head_size, const char *magic, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (magic[i] < ' ' || magic[i] > '~')
			return false;
	return head_size == size || strchr(",;|\t\r\n\" ", head[size]);
}

static int refuse_strangers(const struct ns_bytes *bytes, struct ns_err *err)
{
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
		if (bytes->head_size >= strangers[i].size && !memcmp(bytes->head, strangers[i].magic, strangers[i].size) &&
		    !is_name(bytes->head, bytes->head_size, strangers[i].magic, strangers[i].size))
			return ns_fail(err, NS_EDATA, "%s: this is %s", bytes->name, strangers[i].what);
	return NS_OK;
}

static struct ns_bytes *new_bytes(const char *name)
{
	struct ns_bytes *bytes = ns_malloc_array(1, sizeof *bytes);
	*bytes = (struct ns_bytes){.fd = -1, .spool = -1};
	size_t size = strlen(name) + 1;
	bytes->name = memcpy(ns_malloc_array(size, 1), name, size);
	return bytes;
}

int ns_bytes_open(struct ns_bytes **out, const char *path, bool spool, struct ns_err *err)
{
	bool is_stdin = !path || !strcmp(path, "-");
	struct ns_bytes *bytes = new_bytes(is_stdin ? "stdin" : path);
	struct stat status;
	bytes->owned = !is_stdin;
	bytes->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int failed = NS_OK;
	if (bytes->fd < 0 || fstat(bytes->fd, &status)) {
		failed = ns_fail_errno(err, "%s", bytes->name);
	} else if (S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		failed = ns_fail_errno(err, "%s", bytes->name);
	} else if (S_ISREG(status.st_mode) && (bytes->start = lseek(bytes->fd, 0, SEEK_CUR)) >= 0) {
		bytes->seekable = true;
		posix_fadvise(bytes->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	} else if (spool) {
		failed = ns_temporary_nameless(&bytes->spool, err);
	}
	if (failed) {
		ns_bytes_close(bytes);
		bytes = NULL;
	}
	*out = bytes;
	return failed;
}

void ns_bytes_open_memory(struct ns_bytes **out, const void *data, size_t size, const char *name)
{
	struct ns_bytes *bytes = new_bytes(name);
	bytes->memory = data;
	bytes->memory_size = size;
	*out = bytes;
}

void ns_bytes_drip(struct ns_bytes *bytes, size_t portion)
{
	bytes->portion = portion;
}

void ns_bytes_close(struct ns_bytes *bytes)
{
	if (!bytes)
		return;
	if (bytes->owned && bytes->fd >= 0)
		close(bytes->fd);
	if (bytes->spool >= 0)
		close(bytes->spool);
	inflateEnd(&bytes->zlib);
	ZSTD_freeDStream(bytes->zstd);
	free(bytes->raw);
	free(bytes->name);
	free(bytes);
}

/* Would a read from the source wait? */
static bool source_waits(const struct ns_bytes *bytes)
{
	if (bytes->fd < 0)
		return bytes->portion && bytes->position < bytes->memory_size;
	if (bytes->seekable || bytes->position < bytes->spooled)
		return false;
	struct pollfd ready = {.fd = bytes->fd, .events = POLLIN};
	return poll(&ready, 1, 0) == 0;
}

static int read_memory(size_t *got, void *out, struct ns_bytes *bytes, size_t size)
{
	size_t left = bytes->memory_size - (size_t)bytes->position;
	if (bytes->portion && left > bytes->portion)
		left = bytes->portion;
	*got = left < size ? left : size;
	if (*got)
		memcpy(out, bytes->memory + bytes->position, *got);
	bytes->position += *got;
	return NS_OK;
}

static int read_spool(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	uint64_t left = bytes->spooled - bytes->position;
	ssize_t n = pread(bytes->spool, out, left < size ? (size_t)left : size, (off_t)bytes->position);
	if (n <= 0)
		return ns_fail_errno(err, "%s: temporary file", bytes->name);
	bytes->position += (uint64_t)n;
	*got = (size_t)n;
	return NS_OK;
}

static int keep(struct ns_bytes *bytes, const char *data, size_t size, struct ns_err *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(bytes->spool, data + done, size - done, (off_t)bytes->spooled);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ns_fail_errno(err, "%s: temporary file", bytes->name);
		done += (size_t)n;
		bytes->spooled += (uint64_t)n;
	}
	bytes->position = bytes->spooled;
	return NS_OK;
}

static int read_source(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	if (bytes->fd < 0)
		return read_memory(got, out, bytes, size);
	if (bytes->position < bytes->spooled)
		return read_spool(got, out, bytes, size, err);
	if (ns_file_direct_pending() && source_waits(bytes))
		NS_TRY(ns_file_flush_direct(err));
	ssize_t n;
	while ((n = read(bytes->fd, out, size)) < 0) {
		struct pollfd ready = {.fd = bytes->fd, .events = POLLIN};
		if (errno == EAGAIN)
			poll(&ready, 1, -1); /* a descriptor that somebody left non-blocking */
		else if (errno != EINTR)
			return ns_fail_errno(err, "%s", bytes->name);
	}
	*got = (size_t)n;
	if (n >= PIPE && !bytes->seekable && !bytes->widened) { /* it was full: whoever writes is faster than we are */
		ns_file_widen_pipe(bytes->fd);
		bytes->widened = true;
	}
	return bytes->spool >= 0 ? keep(bytes, out, *got, err) : NS_OK;
}

/* More raw bytes behind those that are there; *got = 0 is the end. */
static int fill_raw(size_t *got, struct ns_bytes *bytes, struct ns_err *err)
{
	if (!bytes->raw)
		bytes->raw = ns_malloc_array(RAW, 1);
	if (bytes->raw_at == bytes->raw_size)
		bytes->raw_at = bytes->raw_size = 0;
	NS_TRY(read_source(got, bytes->raw + bytes->raw_size, bytes, RAW - bytes->raw_size, err));
	bytes->raw_size += *got;
	return NS_OK;
}

static int damaged(const struct ns_bytes *bytes, const char *what, const char *why, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: damaged %s data: %s", bytes->name, what, why);
}

static int trailing(const struct ns_bytes *bytes, const char *what, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: the %s data are followed by bytes that are not %s data", bytes->name, what, what);
}

static int inflate_some(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	z_stream *zlib = &bytes->zlib;
	if (!bytes->inside) {
		if (bytes->raw[bytes->raw_at] != 0x1f)
			return trailing(bytes, "gzip", err);
		if ((zlib->state ? inflateReset(zlib) : inflateInit2(zlib, 15 + 16)) != Z_OK)
			ns_die_of_memory();
		bytes->inside = true;
	}
	uInt room = size > 1u << 30 ? 1u << 30 : (uInt)size;
	zlib->next_in = bytes->raw + bytes->raw_at;
	zlib->avail_in = (uInt)(bytes->raw_size - bytes->raw_at);
	zlib->next_out = out;
	zlib->avail_out = room;
	int status = inflate(zlib, Z_NO_FLUSH);
	bytes->raw_at = bytes->raw_size - zlib->avail_in;
	*got = room - zlib->avail_out;
	bytes->full = zlib->avail_out == 0 && status != Z_STREAM_END;
	if (status == Z_MEM_ERROR)
		ns_die_of_memory();
	if (status == Z_STREAM_END)
		bytes->inside = false;
	else if (status != Z_OK && status != Z_BUF_ERROR)
		return damaged(bytes, "gzip", zlib->msg ? zlib->msg : "needs a dictionary", err);
	return NS_OK;
}

static int unzstd_some(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	if (!bytes->zstd && !(bytes->zstd = ZSTD_createDStream()))
		ns_die_of_memory();
	ZSTD_inBuffer in = {bytes->raw, bytes->raw_size, bytes->raw_at};
	ZSTD_outBuffer produced = {out, size, 0};
	size_t status = ZSTD_decompressStream(bytes->zstd, &produced, &in);
	if (ZSTD_isError(status) && !bytes->inside && !memcmp(ZSTD_getErrorName(status), "Unknown frame", 13))
		return trailing(bytes, "zstd", err);
	if (ZSTD_isError(status))
		return damaged(bytes, "zstd", ZSTD_getErrorName(status), err);
	bytes->raw_at = in.pos;
	bytes->inside = status != 0;
	bytes->full = bytes->inside && produced.pos == size;
	*got = produced.pos;
	return NS_OK;
}

/* Unwrapped bytes; *got = 0 is the end, which comes only behind a whole member or frame. */
static int unwrap(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	*got = 0;
	while (*got == 0) {
		if (bytes->raw_at == bytes->raw_size && !bytes->full) {
			size_t more;
			NS_TRY(fill_raw(&more, bytes, err));
			if (more == 0 && bytes->inside)
				return ns_fail(err, NS_EDATA, "%s: %s data end too early (a cut download?)", bytes->name,
					bytes->wrap == GZIP ? "gzip" : "zstd");
			if (more == 0)
				break;
		}
		NS_TRY((bytes->wrap == GZIP ? inflate_some : unzstd_some)(got, out, bytes, size, err));
	}
	return NS_OK;
}

static int read_unwrapped(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	if (bytes->wrap != PLAIN)
		return unwrap(got, out, bytes, size, err);
	size_t left = bytes->raw_size - bytes->raw_at;
	if (left == 0)
		return read_source(got, out, bytes, size, err);
	*got = left < size ? left : size;
	memcpy(out, bytes->raw + bytes->raw_at, *got);
	bytes->raw_at += *got;
	return NS_OK;
}

static bool would_wait(const struct ns_bytes *bytes)
{
	return bytes->head_at == bytes->head_size && bytes->raw_at == bytes->raw_size && !bytes->full && source_waits(bytes);
}

static enum wrap wrap_of(const unsigned char *magic, size_t size)
{
	if (size >= 3 && !memcmp(magic, "\037\213\010", 3))
		return GZIP;
	bool skippable = size >= 4 && (magic[0] & 0xf0) == 0x50 && !memcmp(magic + 1, "\052\115\030", 3);
	return skippable || (size >= 4 && !memcmp(magic, "\050\265\057\375", 4)) ? ZSTD : PLAIN;
}

/* Finds out how the bytes are wrapped. */
static int sniff(struct ns_bytes *bytes, struct ns_err *err)
{
	size_t more = 1;
	while (more && bytes->raw_size < MAGIC && !(bytes->raw_size && memchr(bytes->raw, '\n', bytes->raw_size) && source_waits(bytes)))
		NS_TRY(fill_raw(&more, bytes, err));
	bytes->wrap = wrap_of(bytes->raw, bytes->raw_size);
	return NS_OK;
}

int ns_bytes_peek(const unsigned char **head, size_t *got, struct ns_bytes *bytes, struct ns_err *err)
{
	if (bytes->wrap == NOT_KNOWN)
		NS_TRY(sniff(bytes, err));
	memmove(bytes->head, bytes->head + bytes->head_at, bytes->head_size - bytes->head_at);
	bytes->head_size -= bytes->head_at;
	bytes->head_at = 0;
	for (size_t more = 1; more && bytes->head_size < NS_BYTES_HEAD; bytes->head_size += more) {
		bool waits = bytes->raw_at == bytes->raw_size && !bytes->full && source_waits(bytes);
		if (waits && memchr(bytes->head, '\n', bytes->head_size))
			break;
		NS_TRY(read_unwrapped(&more, bytes->head + bytes->head_size, bytes, NS_BYTES_HEAD - bytes->head_size, err));
	}
	if (!bytes->begun)
		NS_TRY(refuse_strangers(bytes, err));
	bytes->begun = true;
	*head = bytes->head;
	*got = bytes->head_size;
	return NS_OK;
}

int ns_bytes_read(size_t *got, bool *would_block, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	const unsigned char *head;
	if (!bytes->begun)
		NS_TRY(ns_bytes_peek(&head, got, bytes, err));
	size_t seen = bytes->head_size - bytes->head_at;
	*got = seen < size ? seen : size;
	memcpy(out, bytes->head + bytes->head_at, *got);
	bytes->head_at += *got;
	if (seen == 0 && size > 0)
		NS_TRY(read_unwrapped(got, out, bytes, size, err));
	if (would_block)
		*would_block = would_wait(bytes);
	return NS_OK;
}

int ns_bytes_read_full(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err)
{
	*got = 0;
	for (size_t more = 1; more && *got < size; *got += more)
		NS_TRY(ns_bytes_read(&more, NULL, (char *)out + *got, bytes, size - *got, err));
	return NS_OK;
}

/* How many bytes are left, as far as that can be told; else some first room. */
static size_t likely_size(const struct ns_bytes *bytes, size_t max)
{
	enum { ROOM = 64 * 1024 };
	struct stat status;
	uint64_t left = ROOM;
	if (bytes->fd < 0)
		left = bytes->memory_size - bytes->position;
	else if (bytes->seekable && fstat(bytes->fd, &status) == 0 && status.st_size > bytes->start)
		left = (uint64_t)(status.st_size - bytes->start);
	return left < max ? (size_t)left : max;
}

int ns_bytes_read_all(char **data, size_t *size, struct ns_bytes *bytes, size_t max, const char *what, struct ns_arena *arena, struct ns_err *err)
{
	size_t room = likely_size(bytes, max), got;
	char *all = ns_alloc(arena, room + 1); /* one more byte, to see the end without another round */
	*size = 0;
	for (;;) {
		NS_TRY(ns_bytes_read_full(&got, all + *size, bytes, room + 1 - *size, err));
		*size += got;
		if (*size > max)
			return ns_fail(err, NS_EDATA, "%s: larger than %zu MiB: not %s", bytes->name, max >> 20, what);
		if (*size <= room)
			break;
		room = room < max / 2 ? room * 2 : max;
		all = memcpy(ns_alloc(arena, room + 1), all, *size);
	}
	*data = all;
	return NS_OK;
}

int ns_bytes_rewind(struct ns_bytes *bytes, struct ns_err *err)
{
	if (bytes->fd >= 0 && !bytes->seekable && bytes->spool < 0)
		return ns_fail(err, NS_ECALL, "%s: a pipe cannot be read twice (give a file)", bytes->name);
	if (bytes->seekable && lseek(bytes->fd, bytes->start, SEEK_SET) < 0)
		return ns_fail_errno(err, "%s", bytes->name);
	bytes->position = 0;
	bytes->raw_at = bytes->raw_size = bytes->head_at = bytes->head_size = 0;
	bytes->wrap = NOT_KNOWN;
	bytes->inside = bytes->full = bytes->begun = false;
	if (bytes->zstd)
		ZSTD_DCtx_reset(bytes->zstd, ZSTD_reset_session_only);
	return NS_OK;
}

const char *ns_bytes_name(const struct ns_bytes *bytes)
{
	return bytes->name;
}

bool ns_bytes_first_time(struct ns_bytes *bytes, int what)
{
	uint32_t bit = UINT32_C(1) << what;
	bool first = !(bytes->remarked & bit);
	bytes->remarked |= bit;
	return first;
}
