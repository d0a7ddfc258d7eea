#include "base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static enum ns_cpu machine(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("fma"))
		return NS_CPU_BASELINE;
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq") ||
		!__builtin_cpu_supports("avx512vl"))
		return NS_CPU_AVX2;
	return __builtin_cpu_supports("avx512vnni") ? NS_CPU_VNNI : NS_CPU_AVX512;
#else
	return NS_CPU_BASELINE;
#endif
}

static enum ns_cpu allowed(void)
{
	const char *limit = getenv("NS_CPU");
	enum ns_cpu highest = machine(), most = NS_CPU_VNNI;
	if (limit && strcmp(limit, "baseline") == 0)
		most = NS_CPU_BASELINE;
	if (limit && strcmp(limit, "avx2") == 0)
		most = NS_CPU_AVX2;
	return highest < most ? highest : most;
}

enum ns_cpu ns_cpu(void)
{
	static atomic_int known; /* level + 1; two threads that find it out at once find the same */
	int level = atomic_load_explicit(&known, memory_order_relaxed);
	if (level == 0) {
		level = (int)allowed() + 1;
		atomic_store_explicit(&known, level, memory_order_relaxed);
	}
	return (enum ns_cpu)(level - 1);
}
