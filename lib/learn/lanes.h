/*
 * lanes: loops that the compiler writes for several widths of vectors.
 *
 * A loop is an NS_LANES function, always inlined, into one function for each width, of which base/cpu.h chooses one at run time. Every
 * step of such a loop is an IEEE operation or an integer's on each element, so that all widths give the same bits.
 */
#ifndef NS_LEARN_LANES_H
#define NS_LEARN_LANES_H

#include "base/cpu.h"

#define NS_LANES static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define NS_LANES_WIDE
#define NS_LANES_AVX2 __attribute__((target("avx2"))) static
#if defined(__clang__)
#define NS_LANES_AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl"))) static
#else
#define NS_LANES_AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512"))) static
#endif
#endif

/* NS_LANES_CHOOSE(name, (parameters), (arguments)): a static function `name` that calls the NS_LANES function name_any. */
#if defined(NS_LANES_WIDE)
#define NS_LANES_CHOOSE(name, parameters, arguments)      \
	NS_LANES_AVX2 void name##_avx2 parameters         \
	{                                                 \
		name##_any arguments;                     \
	}                                                 \
	NS_LANES_AVX512 void name##_avx512 parameters     \
	{                                                 \
		name##_any arguments;                     \
	}                                                 \
	static void name parameters                       \
	{                                                 \
		if (ns_cpu() >= NS_CPU_AVX512)            \
			name##_avx512 arguments;          \
		else if (ns_cpu() >= NS_CPU_AVX2)         \
			name##_avx2 arguments;            \
		else                                      \
			name##_any arguments;             \
	}
#else
#define NS_LANES_CHOOSE(name, parameters, arguments)      \
	static void name parameters                       \
	{                                                 \
		name##_any arguments;                     \
	}
#endif

#endif
