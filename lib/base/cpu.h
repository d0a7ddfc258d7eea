/*
 * cpu: how wide this machine's vector instructions are, for the few loops that are written for several widths.
 *
 * Such loops give the same bytes on every level; NS_CPU=baseline, avx2 or avx512 in the environment forbids higher ones, so that
 * a test can hold them to it. A level that the machine lacks is never used.
 */
#ifndef NS_BASE_CPU_H
#define NS_BASE_CPU_H

enum ns_cpu {
	NS_CPU_BASELINE, /* what the compiler was asked for: x86-64 has SSE2 */
	NS_CPU_AVX2,     /* with BMI and FMA (which nothing may use: it rounds once where others round twice) */
	NS_CPU_AVX512,   /* F, BW, DQ, VL */
	NS_CPU_VNNI      /* and AVX512_VNNI; NS_CPU=avx512 allows it */
};

/* Cheap: found out once. Thread-safe. */
enum ns_cpu ns_cpu(void);

#endif
