#include "table/arrow_codec.h"

#include <lz4frame.h>
#include <zstd.h>

/*
 * The declared size is only a promise: memory is given in steps as bytes come out of the frame. The first step is what
 * an honest frame of ordinary data needs, so that it is unpacked in one call.
 */
static size_t first_step(const struct ns_arrow_space *space, size_t size, size_t packed_size)
{
	size_t step = ((size_t)1 << 20) + 8 * packed_size;
	step = step > space->capacity ? step : space->capacity;
	return step < size ? step : size;
}

/* The next step: twice as much, at most all of it. */
static size_t next_step(size_t have, size_t size)
{
	return have < size / 2 ? have * 2 : size;
}

static const char *unpack_zstd(struct ns_arrow_space *space, size_t size, ZSTD_DCtx *context, const void *packed, size_t packed_size)
{
	ZSTD_inBuffer in = {packed, packed_size, 0};
	ZSTD_outBuffer out = {NULL, first_step(space, size, packed_size), 0};
	const char *wrong = NULL;
	for (size_t left = 1; left && !wrong;) {
		ns_arrow_space_grow(space, out.pos, out.size);
		out.dst = space->data;
		size_t taken = in.pos, made = out.pos;
		left = ZSTD_decompressStream(context, &out, &in);
		if (ZSTD_isError(left))
			wrong = "is not zstd";
		else if (left && out.pos == out.size && out.size == size)
			wrong = in.pos == in.size ? "is cut off" : in.pos == taken && out.pos == made ? "is longer than it says" : NULL;
		else if (left && out.pos == out.size)
			out.size = next_step(out.size, size);
		else if (left && in.pos == in.size)
			wrong = "is cut off";
	}
	return !wrong && out.pos != size ? "is shorter than it says" : wrong;
}

static const char *unpack_lz4(struct ns_arrow_space *space, size_t size, LZ4F_dctx *context, const void *packed, size_t packed_size)
{
	size_t in = 0, out = 0, limit = first_step(space, size, packed_size);
	const char *wrong = NULL;
	for (size_t left = 1; left && !wrong;) {
		ns_arrow_space_grow(space, out, limit);
		size_t made = limit - out, taken = packed_size - in;
		left = LZ4F_decompress(context, space->data + out, &made, (const char *)packed + in, &taken, NULL);
		in += taken;
		out += made;
		if (LZ4F_isError(left))
			wrong = "is not lz4";
		else if (left && out == limit && limit < size)
			limit = next_step(limit, size);
		else if (left && !made && !taken)
			wrong = in == packed_size ? "is cut off" : "is longer than it says";
	}
	return !wrong && out != size ? "is shorter than it says" : wrong;
}

const char *ns_arrow_unpack(struct ns_arrow_space *space, size_t size, struct ns_arrow_unpacker *unpacker, enum ns_arrow_codec codec, const void *packed,
	size_t packed_size)
{
	ns_arrow_space_grow(space, 0, 1);
	if (codec == NS_ARROW_ZSTD) {
		if (!unpacker->zstd && !(unpacker->zstd = ZSTD_createDCtx()))
			ns_die_of_memory();
		ZSTD_DCtx_reset(unpacker->zstd, ZSTD_reset_session_only);
		return unpack_zstd(space, size, unpacker->zstd, packed, packed_size);
	}
	LZ4F_dctx *context = unpacker->lz4;
	if (!context && LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		ns_die_of_memory();
	unpacker->lz4 = context;
	LZ4F_resetDecompressionContext(context);
	return unpack_lz4(space, size, context, packed, packed_size);
}

void ns_arrow_unpacker_release(struct ns_arrow_unpacker *unpacker)
{
	ZSTD_freeDCtx(unpacker->zstd);
	LZ4F_freeDecompressionContext(unpacker->lz4);
	*unpacker = (struct ns_arrow_unpacker){0};
}
